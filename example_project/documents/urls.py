from __future__ import annotations

from django.urls import path

from . import views

app_name = "documents"
urlpatterns = [
    path("", views.home, name="home"),
    path("samples/<slug:name>/", views.sample, name="sample"),
    path("documents/<int:pk>/", views.detail, name="detail"),
    path("documents/<int:pk>/status/", views.status, name="status"),
    path("documents/<int:pk>/original/", views.original, name="original"),
    path("documents/<int:pk>/retry/", views.retry, name="retry"),
]
