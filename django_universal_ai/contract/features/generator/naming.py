"""From names on the wire to names in Python."""

from __future__ import annotations

import keyword
from collections.abc import Collection

from pydantic import BaseModel

from .rules import ATTRIBUTES, CLASSES, SHAPES, VAGUE
from .spec import FeatureSpec, FieldSpec


def attribute(name: str) -> str:
    """The attribute for a field; another than the field's name where that one is taken."""
    if name in ATTRIBUTES:
        return ATTRIBUTES[name]
    return f"{name}_" if keyword.iskeyword(name) or hasattr(BaseModel, name) else name


def stem(feature: FeatureSpec, names: Collection[str]) -> str:
    """What the classes of a subfeature begin with: ``OcrTables``.

    ``_async`` is left out, unless there is one without it in ``names``.
    """
    short = feature.subfeature.removesuffix("_async")
    both = short != feature.subfeature and f"{feature.category}/{short}" in names
    return camel(feature.subfeature if both else short)


def part(feature: FeatureSpec, field: FieldSpec, parent: str) -> str:
    """The class of an object in an output; ``parent`` is the name of what it is a part of."""
    if named := CLASSES.get(f"{feature.name}.{field.name}"):
        return named
    if named := SHAPES.get(" ".join(sorted(inner.name for inner in field.fields))):
        return named
    name = camel(singular(field.name) if field.type.startswith("array") else field.name)
    return f"{parent}{name}" if name in VAGUE else name


def singular(name: str) -> str:
    """``pages`` to ``page``, ``entries`` to ``entry``."""
    if name.endswith("ies"):
        return f"{name.removesuffix('ies')}y"
    return name.removesuffix("s")


def camel(name: str) -> str:
    """``ocr_tables`` to ``OcrTables``."""
    return "".join(word.capitalize() for word in name.split("_"))
