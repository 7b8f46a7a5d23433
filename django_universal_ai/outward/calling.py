"""One HTTP request to an address that somebody else has named."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpcore

from ..backends.http.certificates import trusted
from ..backends.http.deadline import TimedBackend, time_limit
from ..exceptions import Unreachable
from .network import GuardedBackend
from .target import parse

_HEADERS = (("Connection", "close"), ("Accept-Encoding", "identity"))
#: Bytes that one read takes from the network: an answer isn't read far beyond what is wanted.
_READ = 4096
_TIMEOUTS = (httpcore.TimeoutException, TimeoutError)
_FAILURES = (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Redirects are answers like any other."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case; of several with one name the last."""
    chunks: Iterator[bytes]
    """The body as it comes, undecoded. Raises ``Unreachable``."""


@contextmanager
def calling(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes = b"",
    seconds: float,
    silence: float,
) -> Iterator[Answer]:
    """Make a request and give its answer, whose body can be read within the block.

    The host is looked up anew for each call, and the connection goes to an address that was
    judged; TLS and ``Host`` go by the name. No redirect is followed, no proxy of the environment
    is used, no connection is kept. All of it takes ``seconds`` at most, and one step, or a pause
    of the other side, ``silence``.

    Raises :class:`~django_universal_ai.exceptions.AddressRefused` for what isn't called,
    :class:`~django_universal_ai.exceptions.Unreachable` for what goes wrong on the way.
    """
    target = parse(url)
    where = httpcore.URL(
        scheme=target.scheme,
        host=_bracketed(target.host),
        port=target.port,
        target=target.path.encode("ascii"),
    )
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), silence)
    try:
        with (
            time_limit(seconds),
            httpcore.ConnectionPool(
                ssl_context=trusted(),
                network_backend=TimedBackend(GuardedBackend(target), most_read=_READ),
                http2=False,
                retries=0,
            ) as pool,
            pool.stream(
                method,
                where,
                headers=[*headers.items(), *_HEADERS],
                content=content or None,
                extensions={"timeout": timeout},
            ) as response,
        ):
            told = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            yield Answer(response.status, told, _chunks(response, target.origin))
    except (*_TIMEOUTS, *_FAILURES) as error:
        raise _unreachable(target.origin, error) from None


def _chunks(response: httpcore.Response, origin: str) -> Iterator[bytes]:
    try:
        yield from response.iter_stream()
    except (*_TIMEOUTS, *_FAILURES) as error:
        raise _unreachable(origin, error) from None


def _unreachable(origin: str, error: Exception) -> Unreachable:
    if isinstance(error, _TIMEOUTS):
        return Unreachable(f"{origin} took too long.")
    # The words of TLS and of sockets hold neither path nor query.
    return Unreachable(f"{origin} can't be reached ({type(error).__name__}: {error})"[:300])


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
