from __future__ import annotations

import typing

import pytest

from django_universal_ai.contract.features import FEATURES, audio, ocr
from django_universal_ai.contract.features.generator import rules
from django_universal_ai.providers import better_profanity, espeak_ng, pocketsphinx, rapidocr

PROVIDERS = (
    better_profanity.BetterProfanity,
    espeak_ng.EspeakNG,
    pocketsphinx.PocketSphinx,
    rapidocr.RapidOCR,
)


def test_the_rules_name_the_providers_of_the_package() -> None:
    found = {(name, provider.name) for provider in PROVIDERS for name in provider.subfeatures}
    told = {(name, one) for name, providers in rules.OFFLINE.items() for one in providers}
    assert told == found


@pytest.mark.parametrize(
    ("alias", "feature", "offline"),
    [
        (ocr.OcrAsyncModel, "ocr/ocr_async", "ocr/ocr_async/rapidocr"),
        (audio.TtsModel, "audio/tts", "audio/tts/espeak-ng"),
    ],
)
def test_known_models_are_those_of_the_service_and_ours(
    alias: object, feature: str, offline: str
) -> None:
    told = {offer.model for offer in FEATURES[feature].offers}
    assert set(typing.get_args(alias)) == told | {offline}
