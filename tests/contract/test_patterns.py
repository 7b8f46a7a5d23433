from __future__ import annotations

import pytest

from django_universal_ai.contract.patterns import matches

MODEL = "audio/speech_to_text_async/google/chirp"


@pytest.mark.parametrize(
    ("pattern", "is_named"),
    [
        ("", True),
        (MODEL, True),
        ("audio", True),
        ("audio/speech_to_text_async", True),
        ("audio/speech_to_text", False),
        ("speech_to_text_async", False),
        ("audio/*/google/*", True),
        ("audio/*/amazon/*", False),
        ("*/chirp", True),
        ("AUDIO", False),
        ("AUDIO/*", False),
        (f"{MODEL}/2", False),
    ],
)
def test_a_pattern_is_the_whole_a_beginning_or_has_wildcards(pattern: str, is_named: bool) -> None:
    assert matches(MODEL, pattern) is is_named
