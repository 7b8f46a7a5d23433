"""What has changed between two descriptions of the features."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .spec import FeatureSpec, FieldSpec


def compare(old: Iterable[FeatureSpec], new: Iterable[FeatureSpec]) -> list[str]:
    """A line for each fact that was added (``+``), removed (``-``) or changed (``~``)."""
    before, after = dict(_facts(old)), dict(_facts(new))
    lines = []
    for name in sorted(before.keys() | after.keys()):
        was, becomes = before.get(name), after.get(name)
        if was is None:
            lines.append(f"+ {name}: {becomes}")
        elif becomes is None:
            lines.append(f"- {name}: {was}")
        elif was != becomes:
            lines.append(f"~ {name}: {was} -> {becomes}")
    return lines


def _facts(features: Iterable[FeatureSpec]) -> Iterator[tuple[str, str]]:
    for feature in features:
        yield feature.name, feature.mode
        yield from _fields(f"{feature.name} input", feature.input)
        yield from _fields(f"{feature.name} output", feature.output)
        for offer in feature.offers:
            yield offer.model, f"${offer.price:f} per {offer.quantity} {offer.unit}"


def _fields(place: str, fields: Iterable[FieldSpec]) -> Iterator[tuple[str, str]]:
    for field in fields:
        name = f"{place}.{field.name}"
        choices = f" of {', '.join(field.choices)}" if field.choices else ""
        yield name, f"{field.type}{choices}, {'required' if field.required else 'optional'}"
        yield from _fields(name, field.fields)
