from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_universal_ai.contract import ModelId
from django_universal_ai.exceptions import InvalidInput

part = st.from_regex(r"[a-z0-9_.-]{1,20}", fullmatch=True)


def test_provider_alone_has_no_model() -> None:
    model_id = ModelId.parse("audio/speech_to_text_async/google")
    assert model_id == ModelId("audio", "speech_to_text_async", "google", None)
    assert model_id.name == "audio/speech_to_text_async"


def test_model_is_the_fourth_part() -> None:
    assert ModelId.parse("image/generation/google/imagen-3").model == "imagen-3"


def test_model_keeps_its_own_slashes() -> None:
    text = "video/generation_async/minimax/T2V/I2V-01-Director"
    model_id = ModelId.parse(text)
    assert (model_id.provider, model_id.model) == ("minimax", "T2V/I2V-01-Director")
    assert str(model_id) == text


@given(st.lists(part, min_size=3, max_size=6))
def test_text_survives_the_round_trip(parts: list[str]) -> None:
    text = "/".join(parts)
    assert str(ModelId.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ocr",
        "ocr/ocr",
        "/ocr/ocr/amazon",
        "ocr//amazon",
        "ocr/ocr/",
        "ocr/ocr/amazon/",
        "ocr/ocr/amazon/x//y",
        "ocr/ /amazon",
        " ocr/ocr/amazon",
        "ocr/ocr/amazon ",
        "ocr/ocr /amazon",
        "ocr/ocr/amazon\n",
        "ocr/ocr/ama\0zon",
        "ocr/ocr/" + "a" * 255,
    ],
)
def test_what_is_no_model_string_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ModelId.parse(text)
    assert caught.value.field == "model"


def test_refusal_says_how_to_write_it() -> None:
    with pytest.raises(InvalidInput, match=r"'ocr/ocr' is too short.*feature/subfeature/provider"):
        ModelId.parse("ocr/ocr")


def test_the_longest_there_can_be() -> None:
    text = "ocr/ocr/" + "a" * (255 - len("ocr/ocr/"))
    assert str(ModelId.parse(text)) == text
