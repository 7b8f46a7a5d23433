"""What came out of a job, as people want it."""

from __future__ import annotations

from typing import Any

import pytest

from django_universal_ai.contract import FEATURES
from django_universal_ai.live.results import (
    MOST_DATA,
    MOST_FILES,
    MOST_TEXT,
    TEXTS,
    is_address,
    result_of,
    templates_for,
)
from django_universal_ai.models import UniversalAIJob


def job(name: str, output: Any) -> UniversalAIJob:
    feature, subfeature = name.split("/")
    return UniversalAIJob(feature=feature, subfeature=subfeature, output=output)


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_where_the_contract_has_them(name: str) -> None:
    assert TEXTS[name] in FEATURES[name].output.model_fields
    assert result_of(job(name, {TEXTS[name]: "hello", "more": 1})).text == "hello"


def test_a_long_text_says_that_it_is_cut() -> None:
    result = result_of(job("ocr/ocr_async", {"raw_text": "x" * (MOST_TEXT + 1)}))
    assert (len(result.text), result.is_cut) == (MOST_TEXT, True)


def test_nothing_recognised_is_nothing() -> None:
    result = result_of(job("ocr/ocr_async", {"raw_text": ""}))
    assert (result.text, result.files, result.data) == ("", (), "")


def test_files_are_found_a_few_levels_deep() -> None:
    items = [{"image": "base64", "image_resource_url": f"https://x.example/{n}"} for n in range(99)]
    files = result_of(job("image/generation", {"items": items})).files
    assert len(files) == MOST_FILES
    assert (files[0].name, files[0].url) == ("Image", "https://x.example/0")
    (file,) = result_of(job("audio/tts", {"audio_resource_url": "/universal-ai/files/x/"})).files
    assert (file.name, file.url) == ("Audio file", "/universal-ai/files/x/")


def test_files_that_are_hidden_deeper_are_not_looked_for() -> None:
    output: Any = {"image_resource_url": "https://x.example/0"}
    for _ in range(3):
        output = {"more": output}
    assert len(result_of(job("image/generation", output)).files) == 1
    assert result_of(job("image/generation", {"more": output})).files == ()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>",
        "//evil.example/a",
        "/\\evil.example/a",
        "https:/nohost",
        "http://[bad",
        "relative",
        "",
        7,
        None,
    ],
)
def test_what_isnt_an_address_is_no_link(url: Any) -> None:
    assert not is_address(url)
    assert result_of(job("audio/tts", {"audio_resource_url": url})).files == ()


def test_anything_else_is_shown_as_it_is() -> None:
    result = result_of(job("text/moderation", {"likelihood": 3, "text": "ä\ud800"}))
    assert '"likelihood": 3' in result.data
    assert result.data.encode()
    large = result_of(job("text/moderation", {"items": list(range(100_000))}))
    assert (len(large.data), large.is_cut) == (MOST_DATA, True)
    assert result_of(job("text/moderation", None)).data == ""


def test_templates_go_from_the_special_to_the_general() -> None:
    assert templates_for(job("ocr/ocr_async", None)) == [
        "universal_ai/live/results/ocr/ocr_async.html",
        "universal_ai/live/results/ocr.html",
        "universal_ai/live/results/default.html",
    ]
