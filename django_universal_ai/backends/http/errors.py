"""Which error a response or a broken connection is.

The one question that matters for a paid request: can it have been carried out?
"""

from __future__ import annotations

from datetime import UTC, datetime

import httpx

from ... import exceptions
from ...contract import describe_error, redact, retry_after
from .reply import Reply

#: What httpx raises before the first byte of a request leaves.
NOT_SENT = (
    httpx.ConnectError,  # refused, no such name, no route, TLS handshake
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # the proxy wouldn't connect to the service
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)

_BY_STATUS: dict[int, type[exceptions.BackendError]] = {
    401: exceptions.AuthenticationFailed,
    402: exceptions.PaymentRequired,
    403: exceptions.AuthenticationFailed,
    404: exceptions.NotFound,
    408: exceptions.OutcomeUnknown,
    425: exceptions.OutcomeUnknown,
    429: exceptions.RateLimited,
}


def error_class(status: int) -> type[exceptions.BackendError]:
    """The error that a status other than 2xx stands for."""
    usual = exceptions.Rejected if 400 <= status < 500 else exceptions.OutcomeUnknown
    return _BY_STATUS.get(status, usual)


def refusal(reply: Reply, api_key_setting: str) -> exceptions.BackendError:
    """The error for a response that isn't a success, in the service's words."""
    words = describe_error(reply.status, reply.headers.get("content-type", ""), reply.body)
    # Without a word from the service, the description itself begins with the status.
    said = words if words.startswith(str(reply.status)) else f"{reply.status}: {words}"
    return error_class(reply.status)(
        f"The service answered {said}{_way_out(reply.status, api_key_setting)}",
        status_code=reply.status,
        retry_after=retry_after(reply.headers, reply.body, datetime.now(UTC)),
    )


def _way_out(status: int, api_key_setting: str) -> str:
    if status in (401, 403):
        return f" (check {api_key_setting})"
    if status == 402:
        return " (the account is out of credits; jobs go on when it has some)"
    if 300 <= status < 400:
        return " (a redirect, which isn't followed; check base_url)"
    return ""


def failure(error: httpx.HTTPError) -> exceptions.BackendError:
    """The error for a request that got no whole response."""
    why = redact(f"{type(error).__name__}: {error}")[:300]
    if isinstance(error, NOT_SENT):
        return exceptions.NotSent(f"The service couldn't be reached ({why})")
    return exceptions.OutcomeUnknown(f"The service didn't answer ({why})")
