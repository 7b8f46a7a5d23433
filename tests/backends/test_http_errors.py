from __future__ import annotations

import io
import socket
import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.contract import JobRequest
from django_universal_ai.exceptions import (
    AuthenticationFailed,
    BackendError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PaymentRequired,
    RateLimited,
    Rejected,
)
from tests.upstream import Upstream

from .conftest import MakeBackend

Call = Callable[[HTTPBackend], object]

REQUEST = JobRequest(model="ocr/ocr_async/amazon", input={"file": "https://files.example/a.pdf"})

CALLS: dict[str, Call] = {
    "submit": lambda backend: backend.submit(REQUEST),
    "get": lambda backend: backend.get("00000000-0000-4000-8000-000000000000"),
    "list": lambda backend: backend.list_jobs(),
    "delete": lambda backend: backend.delete("00000000-0000-4000-8000-000000000000"),
    "upload": lambda backend: backend.upload(io.BytesIO(b"%PDF"), name="a.pdf"),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


def error_of(call: Call, backend: HTTPBackend) -> BackendError:
    with pytest.raises(BackendError) as caught:
        call(backend)
    return caught.value


@each_call
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, OutcomeUnknown),
        (301, OutcomeUnknown),
        (304, OutcomeUnknown),
        (307, OutcomeUnknown),
        (400, Rejected),
        (401, AuthenticationFailed),
        (402, PaymentRequired),
        (403, AuthenticationFailed),
        (404, NotFound),
        (405, Rejected),
        (408, OutcomeUnknown),
        (409, Rejected),
        (413, Rejected),
        (415, Rejected),
        (422, Rejected),
        (425, OutcomeUnknown),
        (429, RateLimited),
        (451, Rejected),
        (500, OutcomeUnknown),
        (502, OutcomeUnknown),
        (503, OutcomeUnknown),
        (599, OutcomeUnknown),
        (799, OutcomeUnknown),
    ],
)
def test_each_status_is_one_kind_of_error(
    http: HTTPBackend, upstream: Upstream, call: Call, status: int, kind: type[BackendError]
) -> None:
    upstream.fault("answer", status=status, body={"detail": "These are the words"})
    error = error_of(call, http)
    assert type(error) is kind
    assert error.status_code == status
    assert len(upstream.ledger.requests()) == 1


def test_a_switch_of_protocols_leaves_the_outcome_unknown(
    http: HTTPBackend, upstream: Upstream
) -> None:
    upstream.fault("answer", status=101)
    assert type(error_of(CALLS["submit"], http)) is OutcomeUnknown


@each_call
@pytest.mark.parametrize("status", [300, 400, 401, 402, 404, 408, 429, 500])
def test_an_error_has_the_words_of_the_service(
    http: HTTPBackend, upstream: Upstream, call: Call, status: int
) -> None:
    upstream.fault("answer", status=status, body={"detail": "These are the words"})
    message = str(error_of(call, http))
    assert message.startswith(f"The service answered {status}: These are the words")


def test_the_words_of_a_422_name_the_field(http: HTTPBackend) -> None:
    upload = error_of(lambda b: b.get("not-a-uuid"), http)
    assert str(upload) == "The service answered 422: path.job_id: Input should be a UUID"


def test_a_page_of_a_proxy_becomes_a_line(http: HTTPBackend, upstream: Upstream) -> None:
    page = "<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
    upstream.fault("answer", status=502, body=page, content_type="text/html")
    error = error_of(CALLS["submit"], http)
    assert str(error) == "The service answered 502 Bad Gateway"


@pytest.mark.parametrize(
    ("status", "way_out"),
    [(401, '["remote"]["OPTIONS"]["api_key"]'), (402, "credits"), (308, "check base_url")],
)
def test_what_a_person_can_mend_comes_with_the_way_out(
    http: HTTPBackend, upstream: Upstream, status: int, way_out: str
) -> None:
    upstream.fault("answer", status=status, body="")
    assert way_out in str(error_of(CALLS["submit"], http))


def test_a_redirect_is_not_followed(http: HTTPBackend, upstream: Upstream) -> None:
    headers = {"Location": f"{upstream.url}/v3/universal-ai/async"}
    upstream.fault("answer", status=307, headers=headers)
    assert isinstance(error_of(CALLS["submit"], http), OutcomeUnknown)
    assert upstream.ledger.posts() == []
    assert len(upstream.ledger.requests()) == 1


@pytest.mark.parametrize(
    ("form", "low", "high"),
    [("seconds", 2, 2), ("date", 0.5, 3), ("body", 1.5, 1.5)],
)
def test_a_429_tells_how_long(
    http: HTTPBackend, upstream: Upstream, form: str, low: float, high: float
) -> None:
    upstream.fault("rate_limited", form=form, seconds=1.5)
    error = error_of(CALLS["submit"], http)
    assert isinstance(error, RateLimited)
    assert error.retry_after is not None
    assert low <= error.retry_after <= high


def test_a_429_may_not_tell_how_long(http: HTTPBackend, upstream: Upstream) -> None:
    upstream.fault("rate_limited", form="none")
    assert error_of(CALLS["submit"], http).retry_after is None


@pytest.mark.parametrize("kind", ["lost", "reset", "truncated", "silence"])
def test_an_answer_that_never_came_whole_leaves_the_outcome_unknown(
    make_backend: MakeBackend, upstream: Upstream, kind: str
) -> None:
    upstream.fault(kind, method="POST", seconds=30)
    error = error_of(CALLS["submit"], make_backend(read_timeout=0.2))
    assert type(error) is OutcomeUnknown
    assert len(upstream.ledger.posts()) == 1, "the job was made, and only once"


@pytest.mark.parametrize(
    "body",
    ["", "{}", "[]", "null", "<html>hello</html>", '{"public_id": ""}', "[" * 100_000, "9" * 5000],
    ids=["empty", "{}", "[]", "null", "page", "no id", "deep", "digits"],
)
@pytest.mark.parametrize("call", [CALLS[n] for n in ("submit", "get", "list", "upload")])
def test_a_success_that_cannot_be_read_leaves_the_outcome_unknown(
    http: HTTPBackend, upstream: Upstream, call: Call, body: str
) -> None:
    upstream.fault("answer", status=200, body=body)
    error = error_of(call, http)
    assert type(error) is OutcomeUnknown
    assert error.status_code == 200
    assert len(str(error)) < 300


def test_deleting_needs_no_words(http: HTTPBackend, upstream: Upstream) -> None:
    upstream.fault("answer", status=204, body="")
    http.delete("00000000-0000-4000-8000-000000000000")


@pytest.mark.parametrize("kind", ["truncated", "gzip", "huge"])
def test_a_refusal_counts_by_its_status_whatever_its_body(
    make_backend: MakeBackend, upstream: Upstream, kind: str
) -> None:
    upstream.fault(kind)
    error = error_of(CALLS["submit"], make_backend(api_key="a-wrong-key"))
    assert type(error) is AuthenticationFailed


def test_without_a_key_nothing_is_sent(make_backend: MakeBackend, upstream: Upstream) -> None:
    error = error_of(CALLS["submit"], make_backend(api_key=""))
    assert type(error) is AuthenticationFailed
    assert "is not set" in str(error)
    assert upstream.ledger.requests() == []


@pytest.mark.parametrize("base_url", ["ftp://127.0.0.1", "http://[", "nothing", "http://a b"])
@each_call
def test_an_address_that_cannot_work_sends_nothing(
    make_backend: MakeBackend, call: Call, base_url: str
) -> None:
    assert type(error_of(call, make_backend(base_url=base_url))) is NotSent


@each_call
def test_a_refused_connection_sends_nothing(make_backend: MakeBackend, call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    error = error_of(call, make_backend(base_url=f"http://127.0.0.1:{port}"))
    assert type(error) is NotSent
    assert "refused" in str(error)


def test_a_name_that_nobody_knows_sends_nothing(
    make_backend: MakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert type(error_of(CALLS["submit"], make_backend())) is NotSent


def test_a_connection_that_takes_too_long_sends_nothing(make_backend: MakeBackend) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, socket.socket() as filler:
        # The kernel takes one connection for a backlog of 0 and ignores the next.
        filler.connect(server.getsockname())
        base_url = f"http://127.0.0.1:{server.getsockname()[1]}"
        error = error_of(CALLS["submit"], make_backend(base_url=base_url, connect_timeout=0.2))
    assert type(error) is NotSent
    assert "ConnectTimeout" in str(error)


def test_a_failed_handshake_sends_nothing(make_backend: MakeBackend, upstream: Upstream) -> None:
    base_url = upstream.url.replace("http:", "https:")
    error = error_of(CALLS["submit"], make_backend(base_url=base_url))
    assert type(error) is NotSent
    assert "SSL" in str(error)
    assert upstream.ledger.requests() == []
    upstream.crashes.clear()


def test_a_handshake_without_end_sends_nothing(make_backend: MakeBackend) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        base_url = f"https://127.0.0.1:{server.getsockname()[1]}"
        error = error_of(CALLS["submit"], make_backend(base_url=base_url, connect_timeout=0.2))
    assert type(error) is NotSent


def raising(error: Exception) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        raise error

    return httpx.MockTransport(handle)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (httpx.ConnectError, NotSent),
        (httpx.ConnectTimeout, NotSent),
        (httpx.PoolTimeout, NotSent),
        (httpx.ProxyError, NotSent),
        (httpx.UnsupportedProtocol, NotSent),
        (httpx.LocalProtocolError, NotSent),
        (httpx.ReadError, OutcomeUnknown),
        (httpx.ReadTimeout, OutcomeUnknown),
        (httpx.WriteError, OutcomeUnknown),
        (httpx.WriteTimeout, OutcomeUnknown),
        (httpx.CloseError, OutcomeUnknown),
        (httpx.RemoteProtocolError, OutcomeUnknown),
        (httpx.DecodingError, OutcomeUnknown),
        (httpx.TooManyRedirects, OutcomeUnknown),
        (ValueError, OutcomeUnknown),
        (OSError, OutcomeUnknown),
        (ssl.SSLError, OutcomeUnknown),
    ],
)
def test_every_error_of_the_transport_has_its_place(
    make_backend: MakeBackend, kind: type[Exception], expected: type[BackendError]
) -> None:
    backend = make_backend(transport=raising(kind("something broke")))
    error = error_of(CALLS["submit"], backend)
    assert type(error) is expected
    assert "something broke" in str(error)


def test_a_request_that_is_no_json_is_refused_for_good(
    http: HTTPBackend, upstream: Upstream
) -> None:
    request = REQUEST.model_copy(update={"input": {"x": float("nan")}})
    error = error_of(lambda backend: backend.submit(request), http)
    assert type(error) is Rejected
    assert upstream.ledger.requests() == []


def test_a_half_of_a_surrogate_pair_is_left_to_the_service(
    http: HTTPBackend, upstream: Upstream
) -> None:
    http.submit(REQUEST.model_copy(update={"input": {"x": "\ud800"}}))
    assert upstream.ledger.posts()[0].body["input"] == {"x": "\ud800"}
