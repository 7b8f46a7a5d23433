"""Features that judge texts."""

from __future__ import annotations

from .base import Feature, FeatureInput, FeatureOutput, Listed


class ModerationInput(FeatureInput):
    """The text to look at."""

    text: str
    language: str | None = None
    """ISO 639-1 code."""


class ModerationItem(FeatureOutput):
    """One kind of unwanted content and how likely it is there."""

    label: str
    likelihood: int
    category: str
    subcategory: str
    likelihood_score: float


class ModerationOutput(FeatureOutput):
    """How likely the text is unwanted, as a whole and by kind."""

    nsfw_likelihood: int
    items: Listed[ModerationItem] = []
    nsfw_likelihood_score: float


MODERATION = Feature("text/moderation", "sync", ModerationInput, ModerationOutput)
