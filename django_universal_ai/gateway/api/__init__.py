"""The gateway's routes."""

from __future__ import annotations

from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.operation import Operation

from ... import __version__
from . import info, jobs, sync, uploads, webhooks
from .auth import BearerToken
from .body import StrictParser
from .errors import HANDLERS

__all__ = ["NAMESPACE", "patterns"]

NAMESPACE = "universal_ai_gateway"


class API(NinjaAPI):
    """Operations are called like their functions."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return str(operation.view_func.__name__)


api = API(
    title="Universal AI gateway",
    version=__version__,
    urls_namespace=NAMESPACE,
    openapi_url=None,
    auth=BearerToken(),
    parser=StrictParser(),
)
api.add_router("universal-ai", sync.router)
api.add_router("universal-ai/async", jobs.router)
api.add_router("upload", uploads.router)
api.add_router("info", info.router)
api.add_router("webhooks", webhooks.router)
for error, handler in HANDLERS.items():
    api.add_exception_handler(error, handler)

#: Asked for once: a Ninja of old refuses to give its URLs twice, and projects do reload theirs.
patterns = [
    pattern
    for pattern in api.urls[0]
    if isinstance(pattern, URLPattern) and pattern.name != "api-root"
]
