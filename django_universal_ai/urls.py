"""``path("universal-ai/", include("django_universal_ai.urls"))``.

Where webhooks come in, the files of results go out, and pages ask how jobs stand.
"""

from __future__ import annotations

from django.urls import path

from .downloads import download
from .live import stream, views
from .webhooks.view import webhook

app_name = "universal_ai"
urlpatterns = [
    path("webhook/", webhook, name="webhook"),
    # A redirect to the slash would turn the POST into a GET.
    path("webhook", webhook),
    path("files/<str:token>/", download, name="file"),
    path("live/<str:key>/", views.page, name="live"),
    path("live/<str:key>/fragment/", views.fragment, name="live-fragment"),
    path("live/<str:key>/events/", stream.events, name="live-events"),
    path("live/<str:key>/retry/", views.retry, name="live-retry"),
]
