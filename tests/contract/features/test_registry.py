from __future__ import annotations

import base64
import json
import subprocess
import sys
from typing import Any

import pytest

from django_universal_ai.contract import (
    CATEGORIES,
    FEATURES,
    ModelId,
    check_input,
    feature_of,
    file_fields,
    parse_output,
    sample_input,
    sample_output,
)
from django_universal_ai.contract.features.audio import SpeechToTextOutput
from django_universal_ai.contract.features.ocr import OcrAsyncOutput
from django_universal_ai.contract.features.text import SpellCheckOutput
from django_universal_ai.exceptions import InvalidInput

STT = ModelId("audio", "speech_to_text_async", "google")
OCR = ModelId("ocr", "ocr", "amazon")
VIDEO = ModelId("video", "generation_async", "minimax", "T2V/I2V-01-Director")
RESEARCH = ModelId("web", "research_async", "linkup")
TTS = ModelId("audio", "tts", "openai", "tts-1")
FACE = ModelId("image", "face_recognition", "amazon")
IMAGE = ModelId("image", "generation", "openai")
UNKNOWN = ModelId("music", "compose", "suno")


def test_features_are_found_by_name() -> None:
    assert feature_of(STT) is FEATURES["audio/speech_to_text_async"]
    assert feature_of(UNKNOWN) is None
    assert all(name == feature.name for name, feature in FEATURES.items())


@pytest.mark.parametrize("name", ["ocr", "ocr/compose", "ocr/ocr/google", "features/base", ""])
def test_no_other_name_is_a_feature(name: str) -> None:
    assert name not in FEATURES
    assert name == "ocr" or name not in CATEGORIES


def test_they_can_be_counted() -> None:
    assert len(CATEGORIES) == len(list(CATEGORIES))
    assert len(FEATURES) == len(set(FEATURES))


def test_a_process_reads_the_categories_it_asks_for() -> None:
    script = """
import json, sys
from django_universal_ai.contract import features
here = features.__name__
read = lambda: [name for name in features.CATEGORIES if f"{here}.{name}" in sys.modules]
before = read()
features.file_fields("audio/speech_to_text_async")
print(json.dumps([before, read()]))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert json.loads(ended.stdout) == [[], ["audio"]]


@pytest.mark.parametrize("name", FEATURES)
def test_async_features_are_called_so(name: str) -> None:
    assert (FEATURES[name].mode == "async") == name.endswith("_async")


def test_file_fields_are_marked() -> None:
    assert file_fields("ocr/ocr_async") == ("file",)
    assert file_fields("video/generation_async") == ("file",)
    assert file_fields("image/face_compare") == ("file1", "file2")
    assert file_fields("text/moderation") == ()
    assert file_fields("music/compose") == ()


@pytest.mark.parametrize(
    ("model_id", "data"),
    [
        (STT, {"file": "id", "language": "en", "speakers": 2, "vocabulary": ["Eden"]}),
        (STT, {"file": "id", "language": None, "brand_new_option": [1]}),
        (OCR, {"file": "https://example.com/a.pdf", "language": "fr"}),
        (VIDEO, {"text": "a cat", "file": None}),
        (TTS, {"text": "hello", "speed": 1, "speaking_volume": 100}),
        (FACE, {"file": "id", "collection_id": "5b2f0a51-6f7c-4c33-9a4c-0f3f6f1c3d11"}),
        (IMAGE, {"text": "a cat", "mask": "id", "reference_images": ["id", {"file": "id"}]}),
        (IMAGE, {"text": "a cat", "mask": None}),
        (UNKNOWN, {"anything": object()}),
    ],
)
def test_a_right_input_passes(model_id: ModelId, data: dict[str, Any]) -> None:
    check_input(model_id, data)


@pytest.mark.parametrize(
    ("model_id", "data", "field"),
    [
        (STT, {}, "input.file"),
        (STT, {"file": 5}, "input.file"),
        (STT, {"file": None}, "input.file"),
        (STT, {"file": ""}, "input.file"),
        (STT, {"file": "  "}, "input.file"),
        (STT, {"file": "id", "speakers": "two"}, "input.speakers"),
        (STT, {"file": "id", "speakers": "2"}, "input.speakers"),
        (STT, {"file": "id", "speakers": True}, "input.speakers"),
        (STT, {"file": "id", "profanity_filter": "yes"}, "input.profanity_filter"),
        (STT, {"file": "id", "vocabulary": "word"}, "input.vocabulary"),
        (STT, {"file": "id", "vocabulary": ["word", 5]}, "input.vocabulary.1"),
        (OCR, {"file": "id"}, "input.language"),
        (VIDEO, {"text": "a cat", "file": ""}, "input.file"),
        (RESEARCH, {"prompt": "why?", "schema": "text"}, "input.schema"),
        (TTS, {"text": "hello", "speaking_pitch": -101}, "input.speaking_pitch"),
        (TTS, {"text": "hello", "speed": "fast"}, "input.speed"),
        (FACE, {"file": "id", "collection_id": "friends"}, "input.collection_id"),
        (IMAGE, {"text": "a cat", "reference_images": ["id", 5]}, "input.reference_images.1"),
        (IMAGE, {"text": "a cat", "reference_images": ["id", " "]}, "input.reference_images.1"),
        (IMAGE, {"text": "a cat", "mask": "id"}, "input.mask"),
        (IMAGE, {"text": "a cat", "mask": "id", "reference_images": []}, "input.mask"),
        (IMAGE, {"text": "a cat", "mask": "id", "reference_images": 1}, "input.reference_images"),
        (ModelId("text", "moderation", "google"), {"text": ["x"]}, "input.text"),
    ],
)
def test_a_wrong_input_is_refused_by_name(
    model_id: ModelId, data: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_input(model_id, data)
    assert caught.value.field == field


def test_an_empty_file_is_told_the_way_out() -> None:
    with pytest.raises(InvalidInput, match=r"^input.file: is empty: give the id of an uploaded"):
        check_input(STT, {"file": ""})


def test_output_becomes_typed() -> None:
    output = parse_output(
        "audio/speech_to_text_async",
        {"text": "hello", "diarization": {"total_speakers": 1, "entries": None}, "extra": 1},
    )
    assert isinstance(output, SpeechToTextOutput)
    assert output.diarization.entries == []
    assert output.model_dump()["extra"] == 1


def test_output_whose_parts_are_null_is_still_typed() -> None:
    suggestions = [{"suggestion": "y", "score": None}]
    item = {"text": "x", "type": None, "offset": 0, "length": 1, "suggestions": suggestions}
    output = parse_output("text/spell_check", {"text": "ok", "items": [item]})
    assert isinstance(output, SpellCheckOutput)
    assert output.items[0].suggestions[0].score is None


@pytest.mark.parametrize("output", [None, "text", {"text": 5}, {"raw_text": "no pages counted"}])
def test_output_that_does_not_fit_comes_back_as_it_is(output: Any) -> None:
    assert parse_output("ocr/ocr_async", output) is output
    assert parse_output("music/compose", output) is output


@pytest.mark.parametrize("name", FEATURES)
def test_sample_is_true_to_its_feature(name: str) -> None:
    sample = sample_output(name)
    typed = parse_output(name, sample)
    assert isinstance(typed, FEATURES[name].output)
    assert typed.model_dump(mode="json") == sample


@pytest.mark.parametrize("name", FEATURES)
def test_sample_input_may_be_sent(name: str) -> None:
    check_input(ModelId.parse(f"{name}/someone"), sample_input(name))


@pytest.mark.parametrize("name", FEATURES)
def test_every_known_model_is_a_model_of_its_feature(name: str) -> None:
    assert FEATURES[name].offers
    for offer in FEATURES[name].offers:
        assert ModelId.parse(offer.model).name == name
        assert offer.price >= 0
        assert offer.quantity >= 1


def test_made_up_texts_have_the_form_of_their_field() -> None:
    cut_out = sample_output("image/background_removal")
    assert base64.b64decode(cut_out["image_b64"], validate=True).startswith(b"\x89PNG")
    assert cut_out["image_resource_url"].startswith("https://")


def test_samples_are_not_shared() -> None:
    sample_output("ocr/ocr_async")["pages"].clear()
    pages = OcrAsyncOutput.model_validate(sample_output("ocr/ocr_async")).pages
    assert pages[0].lines[0].words[0].bounding_box.left == 0.5


def test_unknown_features_have_an_empty_sample() -> None:
    assert sample_output("music/compose") == sample_input("music/compose") == {}
