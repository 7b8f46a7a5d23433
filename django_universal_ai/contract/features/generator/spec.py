"""Features as a source describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from ..base import Feature
from ..describe import fields_of
from ..offer import Offer

#: JSON Schema's words, which the service has used as well.
_SYNONYMS = {"boolean": "bool", "integer": "int", "number": "float"}


class UnreadableSource(ValueError):
    """The source isn't what the generator reads; the message says what and where."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field: its name on the wire, and its type in the service's words."""

    name: str
    type: str
    """``string``, ``object``, ``array[float]``, ``array[object]``, ..."""
    required: bool
    fields: tuple[FieldSpec, ...] = ()
    """Of an ``object`` or ``array[object]``."""
    choices: tuple[str, ...] = ()
    """Of an ``enum``, where they are told."""


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """A subfeature with all that is told of it."""

    category: str
    subfeature: str
    mode: Literal["sync", "async"]
    input: tuple[FieldSpec, ...]
    output: tuple[FieldSpec, ...]
    offers: tuple[Offer, ...]

    @property
    def name(self) -> str:
        """``feature/subfeature``."""
        return f"{self.category}/{self.subfeature}"

    @classmethod
    def of(cls, feature: Feature) -> FeatureSpec:
        """What a typed feature of ours would be described as."""
        category, _, subfeature = feature.name.partition("/")
        input, output = fields_of(feature.input), fields_of(feature.output)
        return cls(
            category,
            subfeature,
            feature.mode,
            read_fields(input),
            read_fields(output),
            feature.offers,
        )


def read_fields(described: object, place: str = "") -> tuple[FieldSpec, ...]:
    """Fields in the flat form of ``/info``, or in that of its documentation.

    Raises :class:`UnreadableSource`.
    """
    if not isinstance(described, list):
        raise UnreadableSource(f"{place or 'the fields'}: not a list of fields")
    return tuple(_read_field(field, place) for field in described)


def _read_field(field: object, place: str) -> FieldSpec:
    try:
        entry = cast("dict[str, object]", field)
        name, kind, required = str(entry["name"]), str(entry["type"]), bool(entry["required"])
    except (KeyError, TypeError):
        raise UnreadableSource(f"{place}: {field!r} has no name, type and required") from None
    items = entry.get("items")
    holder = items if isinstance(items, dict) else entry
    inner = read_fields(holder.get("fields", []), f"{place}.{name}")
    if kind == "array":
        kind = f"array[{_item(items)}]"
    elif kind.startswith("array[file_input"):
        kind = "array[file_input]"  # with other forms beside it, which the service doesn't describe
    elif kind == "object" and not inner:
        kind = "dict"
    choices = cast("list[str]", entry.get("enum") or [])
    return FieldSpec(name, _SYNONYMS.get(kind, kind), required, inner, tuple(choices))


def _item(items: object) -> str:
    """The type of what is in a list; anything, where that isn't told."""
    if not isinstance(items, dict) or "type" not in items:
        return "any"
    kind = str(items["type"])
    return "dict" if kind == "object" and not items.get("fields") else _SYNONYMS.get(kind, kind)
