from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("example_project.documents.urls")),
    path("account/", include("example_project.accounts.urls")),
    path("admin/", admin.site.urls),
    path("universal-ai/", include("django_universal_ai.urls")),
    path("v3/", include("django_universal_ai.gateway.urls")),
]
