from __future__ import annotations

from typing import Any

import pytest

from django_universal_ai.contract import parse_output
from django_universal_ai.exceptions import ProviderError
from django_universal_ai.providers import ProviderRequest, ProviderResult
from django_universal_ai.providers.better_profanity import BetterProfanity

from .conftest import need


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    need("better-profanity")


def judge(text: Any, *, show: bool = False, language: Any = None, **params: Any) -> ProviderResult:
    given = {"text": text, "language": language}
    request = ProviderRequest("text", "moderation", None, given, {}, params, show)
    return BetterProfanity().run(request, lambda _: None)


@pytest.mark.parametrize("text", ["This is shit.", "sh1t happens", "What a BASTARD you are"])
def test_what_is_bad_is_found(text: str) -> None:
    output: Any = parse_output("text/moderation", judge(text).output)
    assert (output.nsfw_likelihood, output.nsfw_likelihood_score) == (5, 1.0)
    [item] = output.items
    assert (item.category, item.label, item.likelihood) == ("Toxic", "Profanity", 5)


def test_what_is_harmless_passes() -> None:
    output = judge("The weather is very nice today.").output
    assert output == {"nsfw_likelihood": 1, "items": [], "nsfw_likelihood_score": 0.0}


def test_words_of_the_request_count_for_it_alone() -> None:
    provider = BetterProfanity()

    def score(text: str, **params: Any) -> float:
        request = ProviderRequest("text", "moderation", None, {"text": text}, {}, params)
        return float(provider.run(request, lambda _: None).output["nsfw_likelihood_score"])

    assert score("buy my Bananas now", words=["bananas"]) == 1.0
    assert score("buy my bananas now") == 0.0
    assert score("oh shit then", allow=["shit"]) == 0.0
    assert score("oh shit then") == 1.0


def test_the_original_response_shows_what_was_found() -> None:
    assert judge("This is shit.").original_response is None
    assert judge("This is shit.", show=True).original_response == {"censored": "This is ****."}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": " "}, "input.text is missing"),
        ({"text": 5}, "input.text is missing"),
        ({"text": "merde", "language": "fr"}, "English words only, not 'fr'"),
        ({"text": "hi", "words": "bananas"}, "provider_params.words must be a list of words"),
        ({"text": "hi", "allow": [1]}, "provider_params.allow must be a list of words"),
    ],
)
def test_what_it_cannot_use_is_told(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ProviderError, match=words):
        judge(**given)
