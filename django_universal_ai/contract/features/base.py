"""What a typed feature is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from .kinds import FILE, kind_of
from .offer import Offer


class FeatureInput(BaseModel):
    """Base of the inputs: JSON's own types, no conversions; a service may know more fields."""

    model_config = ConfigDict(extra="allow", strict=True)


class FeatureOutput(BaseModel):
    """Base of the outputs and of their parts; fields that nobody knows yet are kept."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True, slots=True)
class Feature:
    """A subfeature whose input and output are known."""

    name: str
    """``feature/subfeature``."""
    mode: Literal["sync", "async"]
    title: str
    """For people: ``Speech to text``."""
    description: str
    """A sentence, or empty."""
    input: type[FeatureInput]
    output: type[FeatureOutput]
    offers: tuple[Offer, ...] = ()
    """The remote service's models and prices, as they were when this was generated."""

    @property
    def file_fields(self) -> tuple[str, ...]:
        """The names of the inputs that are files."""
        fields = self.input.model_fields.items()
        return tuple(name for name, field in fields if kind_of(field)[0] == FILE.name)


@dataclass(frozen=True, slots=True)
class Category:
    """What comes before the first slash: ``ocr``, and all that begins with it."""

    name: str
    title: str
    features: tuple[Feature, ...]
