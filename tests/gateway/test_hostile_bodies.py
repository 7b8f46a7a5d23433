"""Whatever is sent, the answer is JSON and says that the request is wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import DataError, IntegrityError
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ninja.errors import HttpError
from pytest_django import Settings

from django_universal_ai.gateway.api.errors import HANDLERS
from django_universal_ai.jobs import asking
from django_universal_ai.models import UniversalAIJob

from .client import JOBS, MODEL, UPLOAD, URL, Api

REFUSED = {400, 413, 422}


def body(text: str) -> bytes:
    """A request whose input holds ``text`` as it is."""
    return f'{{"model": "{MODEL}", "input": {{"file": "{URL}", "x": {text}}}}}'.encode(
        errors="surrogatepass"
    )


@pytest.mark.parametrize(
    "sent",
    [
        b"{",
        b"nothing",
        b"\xff\xfe",
        b'{"model": "\xff"}',
        "{}".encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        body("NaN"),
        body("-Infinity"),
        body("9" * 5000),
        body('"a\nb"'),
    ],
    ids=lambda sent: repr(sent[:12]),
)
def test_what_is_no_json_is_said_to_be_none(api: Api, sent: bytes) -> None:
    answer = api.request("POST", JOBS, sent)
    ((place, kind),) = answer.problems
    assert (place[0], kind) == ("body", "json_invalid")
    assert all(isinstance(part, int) for part in place[1:])
    assert "isn't JSON" in answer.data["detail"][0]["msg"]


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"", (["body"], "missing")),
        (b"[]", (["body"], "model_type")),
        (b"null", (["body"], "model_type")),
        (b'"text"', (["body"], "model_type")),
        (body("1e999"), (["body", "input"], "request")),
        (body(r'"\u0000"'), (["body", "input"], "request")),
        (body(r'"\ud800"'), (["body", "input"], "request")),
        (body(r'{"\ud800": 1}'), (["body", "input"], "request")),
        (body("[" * 300 + "]" * 300), (["body", "input"], "request")),
        (b'{"model": "\\ud800/b/c", "input": {}}', (["body", "model"], "request")),
        (b'{"model": "a/\\u0000/c", "input": {}}', (["body", "model"], "request")),
    ],
    ids=lambda sent: repr(sent)[:20],
)
def test_what_no_database_keeps_is_named(
    api: Api, sent: bytes, problem: tuple[list[int | str], str]
) -> None:
    assert api.request("POST", JOBS, sent).problems == [problem]
    assert not UniversalAIJob.objects.exists()


def test_integers_of_any_storable_length_are_kept(api: Api) -> None:
    assert api.request("POST", JOBS, body("9" * 400)).status == 202
    assert UniversalAIJob.objects.get().input["x"] == int("9" * 400)


def test_a_body_that_is_too_long_is_refused(api: Api, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = api.submit(input={"file": URL, "x": "x" * 1000})
    assert (answer.status, list(answer.data)) == (413, ["detail"])


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "utf-7"])
@pytest.mark.parametrize("path", [JOBS, UPLOAD, f"{UPLOAD}/delete", "/v3/nothing"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_encoding_than_utf8_is_refused(
    api: Api, charset: str, path: str, method: str
) -> None:
    for kind in ("application/json", "multipart/form-data; boundary=b", "text/plain"):
        answer = api.request(method, f"{path}?feature=%FF", b"\xff", f"{kind}; charset={charset}")
        assert answer.problems == [(["header", "content-type"], "value_error")]


@pytest.mark.parametrize("charset", ["utf-8", "UTF8", "us-ascii", "no-such-charset", "\xff"])
def test_utf8_and_what_python_does_not_know_is_read_as_utf8(api: Api, charset: str) -> None:
    sent = json.dumps({"model": MODEL, "input": {"file": URL, "x": "ü"}}, ensure_ascii=False)
    answer = api.request("POST", JOBS, sent.encode(), f"application/json; charset={charset}")
    assert answer.status == 202
    assert UniversalAIJob.objects.get().input["x"] == "ü"


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=b", b"x" * 1000),
        ("multipart/form-data; boundary=\xff", b"x"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n!\r\n--b--\r\n",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--b--\r\n',
        ),
        ("application/x-www-form-urlencoded", b"file=x"),
        ("application/json", b'{"file": "x"}'),
        ("text/plain", b""),
    ],
)
def test_an_upload_that_is_none_is_refused(api: Api, kind: str, sent: bytes) -> None:
    (problem,) = api.request("POST", UPLOAD, sent, kind).problems
    # The last one is of an empty file: older releases of Django 5.2 make it of base64 that is none.
    refused = [
        (["body", "file"], "missing"),
        (["body"], "body_invalid"),
        (["body", "file"], "value_error"),
    ]
    assert problem in refused


def part(name: str, value: bytes = b"x", more: str = "") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + value + b"\r\n"


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        (part("f", more='; filename="x"') * 101, 422),
        (part("f") * 1003, 422),
        (part("purpose", bytes(3_000_000)), 413),
    ],
    ids=["files", "fields", "long"],
)
def test_a_form_without_end_is_refused(api: Api, parts: bytes, status: int) -> None:
    answer = api.request("POST", UPLOAD, parts + b"--b--\r\n", "multipart/form-data; boundary=b")
    assert answer.status == status


#: Halves of surrogate pairs and NUL included.
texts = st.text(st.characters(exclude_categories=[]))
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "model": st.sampled_from([MODEL, "ocr/ocr_async/x", "a/b/c/d"])
        | texts.map("a/b/{}".format)
        | json_values,
        "input": st.dictionaries(st.sampled_from(["file", "language", "x"]), json_values)
        | json_values,
        "fallbacks": st.lists(texts) | json_values,
        "provider_params": json_values,
        "show_original_response": json_values,
        "webhook_receiver": texts.map("http://{}".format) | json_values,
        "user_webhook_parameters": json_values,
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(sent=requests)
def test_any_json_is_taken_or_refused(api: Api, sent: dict[str, Any]) -> None:
    answer = api.request("POST", JOBS, json.dumps(sent))
    assert answer.status in {202, *REFUSED}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(sent=st.binary(), path=st.sampled_from([JOBS, UPLOAD, f"{UPLOAD}/delete"]))
def test_any_bytes_are_refused(api: Api, sent: bytes, path: str) -> None:
    for kind in ("application/json", "multipart/form-data; boundary=b"):
        assert api.request("POST", path, sent, kind).status in REFUSED


@pytest.mark.parametrize("error", [DataError, IntegrityError])
def test_what_the_database_refuses_is_said(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise error("value out of range")

    monkeypatch.setattr(asking, "insert_rows", refuse)
    assert api.submit().problems == [(["body"], "not_storable")]


def test_a_refusal_of_ninja_is_in_the_same_form() -> None:
    handler = HANDLERS[HttpError]
    response = handler(RequestFactory().get("/"), HttpError(429, "Too many requests."))
    assert (response.status_code, json.loads(response.content)) == (
        429,
        {"detail": "Too many requests."},
    )
