"""``path("universal-ai/", include("django_universal_ai.urls"))``.

Where webhooks come in, and the files of results go out.
"""

from __future__ import annotations

from django.urls import path

from .downloads import download
from .webhooks.view import webhook

app_name = "universal_ai"
urlpatterns = [
    path("webhook/", webhook, name="webhook"),
    # A redirect to the slash would turn the POST into a GET.
    path("webhook", webhook),
    path("files/<str:token>/", download, name="file"),
]
