from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("v3/", include("django_universal_ai.gateway.urls")),
    path("api/v3/", include("django_universal_ai.gateway.urls", namespace="second")),
]
