from __future__ import annotations

from django.contrib.auth import views as auth
from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("", views.account, name="account"),
    path("sign-up/", views.sign_up, name="sign_up"),
    path(
        "log-in/",
        auth.LoginView.as_view(
            template_name="accounts/log_in.html", redirect_authenticated_user=True
        ),
        name="log_in",
    ),
    path("log-out/", auth.LogoutView.as_view(), name="log_out"),
]
