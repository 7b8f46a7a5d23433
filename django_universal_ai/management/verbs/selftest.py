"""Send a webhook to this site's public address, and say what ate it if it didn't arrive."""

from __future__ import annotations

import json
import socket
import ssl
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import NoReverseMatch

from ...contract.webhook import HEADERS
from ...engine.callback import receiver_url
from ...webhooks import keys, ping
from ...webhooks.view import WHO

#: Seconds until the site has to answer; the service waits as long.
_PATIENCE = 30
#: As much of an answer as its explanation may need.
_MOST = 64 * 1024


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--url", help="the site's public root, in place of webhook_url")
    parser.add_argument("--timeout", type=float, default=_PATIENCE, metavar="SECONDS")


def handle(command: BaseCommand, *, url: str | None, timeout: float, **options: Any) -> None:
    for root in [url] if url else _configured():
        try:
            receiver = receiver_url(root)
        except NoReverseMatch:
            raise CommandError(
                "The URLconf has no webhook. Add "
                'path("universal-ai/", include("django_universal_ai.urls")).'
            ) from None
        if problem := probe(receiver, timeout):
            raise CommandError(f"{receiver}: {problem}")
        command.stdout.write(command.style.SUCCESS(f"{receiver}: a webhook arrives here."))
    for line in _trust():
        command.stdout.write(line)


def _configured() -> list[str]:
    roots = {backend.options.get("webhook_url") for backend in keys.receiving_backends()}
    if found := sorted(root for root in roots if root):
        return found
    raise CommandError(
        'No backend has a "webhook_url". Set it to the public root of this site, or give --url.'
    )


def _trust() -> list[str]:
    """What a webhook that arrives may do, backend by backend."""
    lines = []
    for backend in keys.receiving_backends():
        count = len(keys.usable_keys(backend))
        told = (
            f"{count} public key(s): a signed webhook is the result"
            if count
            else ("no public key: a webhook only makes our own request due")
        )
        lines.append(f"backend {backend.alias!r}: {told}.")
    return lines


def probe(receiver: str, timeout: float) -> str | None:
    """Post a ping; ``None`` if this site took it, else what ate it and the way out."""
    request = Request(  # noqa: S310 - an address of the project's own
        receiver,
        data=json.dumps({"event": "selftest"}).encode(),
        headers={**HEADERS, ping.HEADER: ping.make_ping()},
    )
    try:
        with build_opener(_NoRedirects).open(request, timeout=timeout) as answer:
            return _explain(answer.status, answer.headers, answer.read(_MOST), receiver)
    except HTTPError as error:
        with error:
            return _explain(error.code, error.headers, error.read(_MOST), receiver)
    except (URLError, OSError, HTTPException, ValueError) as error:
        return _unreachable(getattr(error, "reason", error), receiver)


def _unreachable(reason: Any, receiver: str) -> str:
    if isinstance(reason, ssl.SSLError):
        return f"TLS failed: {reason}. The service won't accept such a certificate either."
    if isinstance(reason, socket.gaierror):
        return f"there is no host {urlsplit(receiver).hostname!r} in the DNS."
    if isinstance(reason, TimeoutError):
        return "nobody answered in time: a firewall, or a site that is too busy."
    return f"it can't be reached: {reason}. Does the site run, and is it public?"


def _explain(status: int, headers: Any, body: bytes, receiver: str) -> str | None:
    said = _ours(body)
    if said is not None:
        return None if status == 200 else _stranger(status, said)
    text = body.decode(errors="replace").lower()
    if 300 <= status < 400:
        return _redirect(receiver, urljoin(receiver, headers.get("Location", "")))
    if "csrf" in text:
        return (
            f"{status}: a CSRF check ate it. This app's view is exempt, so another view or a "
            "middleware of the project answers there."
        )
    if status in _MEANINGS:
        return f"{status}: {_MEANINGS[status]}"
    if status < 300:
        return f"{status}, but another page answers there: {_first_line(text)}"
    return f"{status}: something before this app refused it: {_first_line(text)}"


_MEANINGS = {
    400: "the host name isn't in ALLOWED_HOSTS, or a proxy took the request for a bad one.",
    401: "a login is asked for before this app: a proxy or a middleware. Let this path pass.",
    403: "something before this app forbids it: a proxy, a firewall, a middleware.",
    404: "nothing is there. Is webhook_url the public root, and does the proxy pass this path on?",
    405: "another view answers there, one that takes no POST.",
    413: "a proxy refuses the size; let it take 10 MiB.",
    500: "the site broke before the view: look into its log.",
    502: "the proxy doesn't reach the site.",
    503: "the site is in maintenance, or the proxy doesn't reach it.",
    504: "the site didn't answer the proxy in time.",
}


def _ours(body: bytes) -> str | None:
    """The words of our own view; ``None`` where something else answered."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    if isinstance(answer, dict) and answer.get("who") == WHO:
        return str(answer.get("detail"))
    return None


def _stranger(status: int, said: str) -> str:
    return (
        f"{status}: this app answers there, but not for this site: {said} "
        "Does that one run with another SECRET_KEY, or did a proxy drop the headers?"
    )


def _redirect(receiver: str, target: str) -> str:
    here, there = urlsplit(receiver), urlsplit(target)
    if "login" in there.path or "signin" in there.path or "next=" in there.query:
        return f"redirected to the login at {target}. Let this path pass without one."
    if (here.scheme, there.scheme) == ("http", "https") and here.path == there.path:
        return f"redirected to https, and nobody posts again. Set webhook_url to {target}."
    return f"redirected to {target}, and nobody posts again. Set webhook_url to what is answered."


def _first_line(text: str) -> str:
    return " ".join(text.split())[:120] or "(an empty page)"
