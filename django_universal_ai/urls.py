"""``path("universal-ai/", include("django_universal_ai.urls"))``: where webhooks come in."""

from __future__ import annotations

from django.urls import path

from .webhooks.view import webhook

app_name = "universal_ai"
urlpatterns = [
    path("webhook/", webhook, name="webhook"),
    # A redirect to the slash would turn the POST into a GET.
    path("webhook", webhook),
]
