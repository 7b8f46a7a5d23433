from __future__ import annotations

from django.apps import apps
from django.urls import include, path

urlpatterns = (
    [path("universal-ai/", include("django_universal_ai.urls"))]
    if apps.is_installed("django_universal_ai")
    else []
)
