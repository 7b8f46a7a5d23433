"""The provider ``better-profanity``: finds English swear words, offline.

It compares words with a list and knows nothing of meaning: on a small test set it found six of ten
bad lines, and took offence at one of ten harmless ones.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from ..exceptions import ProviderError
from .base import Progress, Provider, ProviderRequest, ProviderResult

if TYPE_CHECKING:
    from better_profanity import Profanity

#: Likelihoods go from 1, very unlikely, to 5, very likely. A list knows nothing in between.
UNLIKELY, LIKELY = 1, 5


class BetterProfanity(Provider):
    """A word list with spellings like ``sh1t``: https://github.com/snguyenthanh/better_profanity."""

    name: ClassVar[str] = "better-profanity"
    subfeatures: ClassVar[frozenset[str]] = frozenset({"text/moderation"})
    extra: ClassVar[str] = "moderation"
    requires: ClassVar[tuple[str, ...]] = ("better_profanity",)
    params: ClassVar[frozenset[str]] = frozenset({"allow", "words"})

    def __init__(self) -> None:
        self._filter: Profanity | None = None

    def run(self, request: ProviderRequest, progress: Progress) -> ProviderResult:
        """Judge ``input.text``; ``input.language`` must be English if given.

        ``provider_params``: ``words`` are bad as well, and those of ``allow`` are not.
        """
        text = request.input.get("text")
        if not isinstance(text, str) or not text.strip():
            raise ProviderError("input.text is missing: give the text to look at.")
        check_language(request.input.get("language"))
        words, allowed = (_words(request.provider_params, name) for name in ("words", "allow"))
        censored = self._censor(words, allowed).censor(text)
        original = {"censored": censored} if request.show_original_response else None
        return ProviderResult(verdict(is_bad=censored != text), original)

    def _censor(self, words: list[str], allowed: list[str]) -> Profanity:
        from better_profanity import Profanity

        if words or allowed:  # of this request alone
            own = Profanity()
            own.load_censor_words(whitelist_words=allowed)
            own.add_censor_words([word.lower() for word in words])
            own.CENSOR_WORDSET = Words(own.CENSOR_WORDSET)
            return own
        if self._filter is None:
            self._filter = Profanity()
            self._filter.CENSOR_WORDSET = Words(self._filter.CENSOR_WORDSET)
        return self._filter


class Words(list[Any]):
    """The library's list, asked by length.

    The library compares each word of a text, alone and with its neighbours, with every bad one:
    500 words took 6 s. A spelling is as long as its word, and few of them are.
    """

    def __init__(self, words: Iterable[Any]) -> None:
        super().__init__(words)
        self._by_length: dict[int, list[Any]] = defaultdict(list)
        for word in self:
            self._by_length[len(str(word))].append(word)

    def __contains__(self, text: object) -> bool:
        return text in self._by_length.get(len(str(text)), ())


def check_language(language: Any) -> None:
    """Refuse a language that the list isn't in."""
    if language and not re.fullmatch(r"en([-_].*)?|english", str(language), re.IGNORECASE):
        raise ProviderError(f"better-profanity knows English words only, not {language!r}.")


def verdict(*, is_bad: bool) -> dict[str, Any]:
    """The output of ``text/moderation``."""
    item = {
        "label": "Profanity",
        "likelihood": LIKELY,
        "category": "Toxic",
        "subcategory": "Profanity",
        "likelihood_score": 1.0,
    }
    return {
        "nsfw_likelihood": LIKELY if is_bad else UNLIKELY,
        "items": [item] if is_bad else [],
        "nsfw_likelihood_score": float(is_bad),
    }


def _words(params: dict[str, Any], name: str) -> list[str]:
    given = params.get(name, [])
    if not isinstance(given, list) or not all(isinstance(word, str) and word for word in given):
        raise ProviderError(f"provider_params.{name} must be a list of words.")
    return given
