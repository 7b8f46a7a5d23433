from __future__ import annotations

from django.apps import apps
from django.urls import include, path

urlpatterns = (
    [path("universal-ai/", include("django_universal_ai.urls"))]
    if apps.is_installed("django_universal_ai")
    else []
)
if apps.is_installed("benchmarks.served"):
    urlpatterns += [
        path("v3/", include("django_universal_ai.gateway.urls")),
        path("bare/", include("benchmarks.served.urls")),
    ]
if apps.is_installed("django.contrib.admin"):
    from django.contrib import admin  # without the app it can't be imported

    urlpatterns += [path("admin/", admin.site.urls)]
