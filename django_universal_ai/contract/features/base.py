"""What a typed feature is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

T = TypeVar("T")


class FeatureInput(BaseModel):
    """Base of the inputs: JSON's own types, no conversions; a service may know more fields."""

    model_config = ConfigDict(extra="allow", strict=True)


class FeatureOutput(BaseModel):
    """Base of the outputs and of their parts; fields that nobody knows yet are kept."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True, slots=True)
class FileField:
    """Marks an input that is a file: the id of an upload, or a URL."""


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("file", "is empty: give the id of an uploaded file or a URL")
    return text


File = Annotated[str, AfterValidator(_not_blank), FileField()]
OptionalFile = Annotated[File | None, FileField()]

#: A list that a provider may also leave out or send as null.
Listed = Annotated[list[T], BeforeValidator(lambda value: [] if value is None else value)]


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature whose input and output are known."""

    name: str
    """``feature/subfeature``."""
    mode: Literal["sync", "async"]
    input: type[FeatureInput]
    output: type[FeatureOutput]

    @property
    def file_fields(self) -> tuple[str, ...]:
        """The names of the inputs that are files."""
        return tuple(
            name
            for name, field in self.input.model_fields.items()
            if any(isinstance(mark, FileField) for mark in field.metadata)
        )
