"""All features by name, each category read when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from .base import Category, Feature
from .index import NAMES


class _Categories(Mapping[str, Category]):
    """To read all takes a tenth of a second of every process that begins; few need many."""

    def __getitem__(self, name: str) -> Category:
        if name not in NAMES:
            raise KeyError(name)
        category: Category = import_module(f"..{name}", __name__).CATEGORY
        return category

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


class _Features(Mapping[str, Feature]):
    """The features of all categories; to ask for one reads its category only."""

    def __getitem__(self, name: str) -> Feature:
        return _features_of(name.partition("/")[0])[name]

    def __iter__(self) -> Iterator[str]:
        return (feature.name for category in CATEGORIES.values() for feature in category.features)

    def __len__(self) -> int:
        return sum(len(category.features) for category in CATEGORIES.values())


CATEGORIES: Mapping[str, Category] = _Categories()
"""By what comes before the first slash, ``"ocr"``."""

FEATURES: Mapping[str, Feature] = _Features()
"""By name, ``"ocr/ocr_async"``."""


@cache
def _features_of(category: str) -> Mapping[str, Feature]:
    return {feature.name: feature for feature in CATEGORIES[category].features}
