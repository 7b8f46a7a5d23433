from __future__ import annotations

import pytest

from django_universal_ai.contract import JobRequest, ModelId
from django_universal_ai.exceptions import InvalidInput


def fallback(text: str, model: str = "video/generation_async/google") -> ModelId:
    [resolved] = JobRequest.parse({"model": model, "input": {}, "fallbacks": [text]}).fallback_ids()
    return resolved


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("amazon", "video/generation_async/amazon"),
        ("openai/sora-2", "video/generation_async/openai/sora-2"),
        ("minimax/T2V/I2V-01-Director", "video/generation_async/minimax/T2V/I2V-01-Director"),
        ("video/generation_async/amazon", "video/generation_async/amazon"),
        ("video/generation_async/a/b/c", "video/generation_async/a/b/c"),
        ("text/bison", "video/generation_async/text/bison"),
    ],
)
def test_every_spelling_becomes_a_whole_id(text: str, resolved: str) -> None:
    assert str(fallback(text)) == resolved


def test_a_feature_that_is_not_documented_is_told_by_the_model() -> None:
    assert fallback("music/song/suno", model="music/song/udio").provider == "suno"


@pytest.mark.parametrize("text", ["", " ", "/", "amazon/", "a b\n", "video/generation_async/"])
def test_what_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="neither a provider, nor provider/model") as caught:
        fallback(text)
    assert caught.value.field == "fallbacks.0"


@pytest.mark.parametrize("text", ["ocr/ocr/amazon", "video/deepfake_detection_async/x"])
def test_another_feature_is_no_fallback(text: str) -> None:
    with pytest.raises(InvalidInput, match="is for another feature than video/generation_async"):
        fallback(text)
