from __future__ import annotations

from typing import Any

import pytest

from django_universal_ai.contract import JobRequest, ModelId
from django_universal_ai.exceptions import InvalidInput

MODEL = "audio/speech_to_text_async/google"


def parse(**changes: Any) -> JobRequest:
    return JobRequest.parse({"model": MODEL, "input": {"file": "f"}, **changes})


def refused(**changes: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        parse(**changes)
    return caught.value


def test_body_of_a_plain_request_is_model_and_input() -> None:
    assert parse().body() == {"model": MODEL, "input": {"file": "f"}}


def test_a_synchronous_request_knows_no_webhooks() -> None:
    request = parse(webhook_receiver="https://example.com/", show_original_response=True)
    assert request.sync_body() == {
        "model": MODEL,
        "input": {"file": "f"},
        "show_original_response": True,
    }


def test_body_holds_what_is_set_and_never_null() -> None:
    full = {
        "model": MODEL,
        "input": {},
        "provider_params": {"tier": "best"},
        "fallbacks": ["amazon"],
        "show_original_response": True,
        "webhook_receiver": "https://example.com/hook?x=1",
        "user_webhook_parameters": {"token": "t"},
    }
    assert JobRequest.parse(full).body() == full
    empty = parse(
        provider_params=None,
        fallbacks=[],
        show_original_response=None,
        webhook_receiver=None,
        user_webhook_parameters=None,
    )
    assert empty.body() == {"model": MODEL, "input": {"file": "f"}}


def test_null_in_the_input_is_kept() -> None:
    assert parse(input={"file": "f", "language": None}).body()["input"]["language"] is None


def test_body_is_read_again() -> None:
    request = parse(fallbacks=("amazon", "openai/whisper"))
    assert JobRequest.parse(request.body()) == request


def test_unknown_fields_are_left_out() -> None:
    assert "colour" not in parse(colour="red").body()


def test_model_is_taken_apart() -> None:
    assert parse().model_id == ModelId("audio", "speech_to_text_async", "google")


def test_fallbacks_keep_their_order() -> None:
    request = parse(fallbacks=["openai/whisper", f"{MODEL}", "amazon"])
    assert [str(each) for each in request.fallback_ids()] == [
        "audio/speech_to_text_async/openai/whisper",
        "audio/speech_to_text_async/google",
        "audio/speech_to_text_async/amazon",
    ]


def test_a_request_does_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse().model = "other"  # type: ignore[misc]


@pytest.mark.parametrize("missing", ["model", "input"])
def test_model_and_input_are_required(missing: str) -> None:
    data = {"model": MODEL, "input": {}}
    del data[missing]
    with pytest.raises(InvalidInput, match=f"^{missing}: Field required"):
        JobRequest.parse(data)


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("model", "google", "model"),
        ("model", 5, "model"),
        ("model", None, "model"),
        ("input", [], "input"),
        ("input", None, "input"),
        ("input", {"temperature": float("nan")}, "input"),
        ("provider_params", "x", "provider_params"),
        ("provider_params", {"when": object()}, "provider_params"),
        ("user_webhook_parameters", {"a": "\0"}, "user_webhook_parameters"),
        ("fallbacks", ["a", "b", "c", "d"], "fallbacks"),
        ("fallbacks", "amazon", "fallbacks"),
        ("fallbacks", None, "fallbacks"),
        ("fallbacks", ["a", 5], "fallbacks.1"),
        ("fallbacks", [""], "fallbacks.0"),
        ("show_original_response", "perhaps", "show_original_response"),
    ],
)
def test_refusal_names_the_field(field: str, value: Any, where: str) -> None:
    assert refused(**{field: value}).field == where


def test_refusal_says_where_in_the_input() -> None:
    error = refused(input={"options": [{"scale": float("inf")}]})
    assert str(error) == "input: options.0.scale is inf, for which JSON has no number"


def test_the_first_wrong_field_is_named() -> None:
    assert refused(model="x", input=5, fallbacks=["a/"]).field == "model"


@pytest.mark.parametrize("data", [[], "text", None])
def test_what_is_no_object_is_refused(data: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        JobRequest.parse(data)
    assert caught.value.field == "request"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8000/hook",
        "HTTPS://Example.com",
        "https://user:secret@example.com/a?b=c#d",
        "http://[::1]:8000/",
        "https://example.com/" + "a" * 2063,
    ],
)
def test_webhook_receiver_is_kept_as_written(url: str) -> None:
    assert parse(webhook_receiver=url).webhook_receiver == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "/hook",
        "//example.com/hook",
        "ftp://example.com/",
        "http:///hook",
        "http:example.com",
        "http://[::1",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://exa mple.com/",
        "http://example.com\\@evil.test/",
        "http://example.com/\n",
        "https://example.com/" + "a" * 2064,
        5,
    ],
)
def test_webhook_receiver_must_be_an_absolute_url(url: Any) -> None:
    assert refused(webhook_receiver=url).field == "webhook_receiver"
