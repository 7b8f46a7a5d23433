"""What the service calls the types of fields, beside what Python calls them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BeforeValidator, Field, WrapValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind:
    """Marks a type with the service's name for it, where Python's type doesn't tell."""

    name: str


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("file", "is empty: give the id of an uploaded file or a URL")
    return text


def _file_or_object(value: Any, handler: Any) -> Any:
    """In place of pydantic's own check, which names both types and no place."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("file", "is neither a file's id or URL nor an object")
    return _not_blank(value)


def _uuid(text: str) -> str:
    try:
        uuid.UUID(text)
    except ValueError:
        raise PydanticCustomError("uuid", "is not a UUID") from None
    return text


FILE = Kind("file_input")

#: A file: the id of an upload, or a URL.
File = Annotated[str, AfterValidator(_not_blank), FILE]

#: A file in a list; what else may be said of it in an object, only the service knows.
ListedFile = Annotated[str | dict[str, Any], WrapValidator(_file_or_object), FILE]

#: An id of something that the service keeps.
Uuid = Annotated[
    str,
    AfterValidator(_uuid),
    Kind("uuid"),
    Field(examples=["00000000-0000-4000-8000-000000000000"], json_schema_extra={"format": "uuid"}),
]

#: One of the words that the service has for something, and doesn't list.
Choice = Annotated[str, Kind("enum")]

#: A list that a provider may also leave out or send as null.
Listed = Annotated[list[T], BeforeValidator(lambda value: [] if value is None else value)]

_NAMES: dict[Any, str] = {
    str: "string",
    int: "int",
    float: "float",
    bool: "bool",
    dict: "dict",
    list: "array",
    Literal: "enum",
    Any: "any",
}


def kind_of(field: FieldInfo) -> tuple[str, Any]:
    """The service's name of a field's type, ``"array"`` for all lists, and the bare Python type.

    ``None`` beside another type is passed over: ``str | None`` is a string.
    """
    return _kind(field.annotation, field.metadata)


def kind_of_items(kind: Any) -> tuple[str, Any]:
    """The same for what a list holds; of several types the first one counts."""
    [item] = get_args(kind)
    return _kind(item, ())


def _kind(kind: Any, metadata: Any) -> tuple[str, Any]:
    bare, marks = _unwrapped(kind, metadata)
    named = next((mark.name for mark in marks if isinstance(mark, Kind)), None)
    return named or _NAMES.get(get_origin(bare) or bare, "object"), bare


def _unwrapped(kind: Any, metadata: Any) -> tuple[Any, Any]:
    if get_origin(kind) is Annotated:
        return _unwrapped(kind.__origin__, (*metadata, *kind.__metadata__))
    if get_origin(kind) in (Union, UnionType):
        return _unwrapped(next(part for part in get_args(kind) if part is not NoneType), metadata)
    return kind, metadata
