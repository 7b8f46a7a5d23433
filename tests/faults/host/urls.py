from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("universal-ai/", include("django_universal_ai.urls")),
    path("v3/", include("django_universal_ai.gateway.urls")),
]
