from __future__ import annotations

from django.urls import path

from .views import bringing, document, files

app_name = "documents"
urlpatterns = [
    path("", bringing.home, name="home"),
    path("samples/<slug:name>/", bringing.sample, name="sample"),
    path("documents/<int:pk>/", document.detail, name="detail"),
    path("documents/<int:pk>/original/", files.original, name="original"),
    path("documents/<int:pk>/pages/<int:number>/", files.page, name="page"),
    path("documents/<int:pk>/retry/", document.retry, name="retry"),
]
