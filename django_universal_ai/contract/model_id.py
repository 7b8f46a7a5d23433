"""The model string that names a job's feature, subfeature, provider and model."""

from __future__ import annotations

from dataclasses import dataclass

from ..exceptions import InvalidInput

MAX_LENGTH = 255

_FORM = "write it as feature/subfeature/provider or feature/subfeature/provider/model"


@dataclass(frozen=True, slots=True)
class ModelId:
    """``feature/subfeature/provider[/model]`` taken apart; ``str()`` puts it together again."""

    feature: str
    subfeature: str
    provider: str
    model: str | None = None

    @classmethod
    def parse(cls, text: str) -> ModelId:
        """Take a model string apart.

        The model may hold slashes itself (``video/generation_async/minimax/T2V/I2V-01-Director``).
        Raises :class:`~django_universal_ai.exceptions.InvalidInput` for the field ``model``.
        """
        if len(text) > MAX_LENGTH:
            raise InvalidInput("model", f"is longer than {MAX_LENGTH} characters")
        if not text.isprintable():
            raise InvalidInput("model", f"{text!r} holds characters that can't be printed")
        if any(not part or part != part.strip() for part in text.split("/")):
            raise InvalidInput("model", f"{text!r} has an empty part or a stray blank: {_FORM}")
        parts = text.split("/", 3)
        if len(parts) < 3:
            raise InvalidInput("model", f"{text!r} is too short: {_FORM}")
        return cls(*parts)

    @property
    def name(self) -> str:
        """What is to be done, whoever does it: ``feature/subfeature``."""
        return f"{self.feature}/{self.subfeature}"

    def __str__(self) -> str:
        parts = (self.feature, self.subfeature, self.provider, self.model)
        return "/".join(part for part in parts if part is not None)
