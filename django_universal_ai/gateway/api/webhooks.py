"""``/webhooks``: what receivers of webhooks need."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from ..outgoing import keys
from .errors import not_found

router = Router(tags=["webhooks"])


@router.get("/public-key", auth=None, summary="Public keys that webhooks are signed with")
def get_webhook_public_key(request: HttpRequest) -> HttpResponse:
    """PEM blocks, the one that signs now first; a replaced key stays for 30 days."""
    if problem := keys.why_unable():
        return not_found(f"This service signs no webhooks. {problem}.")
    return HttpResponse(keys.served(), content_type="application/x-pem-file")
