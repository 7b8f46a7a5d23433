"""Examples made from types, for tests and for a service that is only played."""

from __future__ import annotations

from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_SCALARS: dict[Any, Any] = {str: "sample", bool: True, int: 1, float: 0.5, Any: None}

#: A PNG of one pixel: clients decode what they are given.
_IMAGE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
#: Texts that have a form, by the last words of their field's name.
_TEXTS = {
    "error_message": None,
    "start_time": "0.5",
    "end_time": "1.25",
    "url": "https://files.example/sample",
    "website": "https://files.example/",
    "date": "2026-01-01",
    "created_at": "2026-01-01T00:00:00Z",
    "image_b64": _IMAGE,
}


def sample(kind: Any) -> Any:
    """A JSON value that ``kind`` accepts: lists hold one item, what is optional is there.

    Raises :class:`TypeError` for a type without a usual example; ``Field(examples=[...])`` helps.
    """
    if kind in _SCALARS:
        return _SCALARS[kind]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {
            field.alias or name: _of_field(name, field) for name, field in kind.model_fields.items()
        }
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind)).value
    return _of_generic(get_origin(kind), get_args(kind))


def _of_field(name: str, field: FieldInfo) -> Any:
    if field.examples:
        return field.examples[0]
    made = sample(field.annotation)
    if made != _SCALARS[str]:
        return made
    fitting = (text for end, text in _TEXTS.items() if f"_{name}".endswith(f"_{end}"))
    return next(fitting, made)


def _of_generic(origin: Any, args: tuple[Any, ...]) -> Any:
    if origin is Annotated:
        return sample(args[0])
    if origin in (Union, UnionType):
        return sample(next(arg for arg in args if arg is not NoneType))
    if origin is Literal:
        return args[0]
    if origin is list:
        return [sample(args[0])]
    if origin is dict:
        return {}
    raise TypeError(f"no sample for {origin}{args}: give the field examples=[...]")
