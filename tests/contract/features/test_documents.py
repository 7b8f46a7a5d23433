"""The typed features against what the service documents, field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from django_universal_ai.contract import CATEGORIES, FEATURES, ModelId, file_fields
from django_universal_ai.contract.features.describe import fields_of
from django_universal_ai.contract.features.generator.__main__ import main as generate

SCALARS = {
    "string": str,
    "int": int,
    "float": float,
    "bool": bool,
    "dict": dict[str, Any],
    "any": Any,
    "file_input": str,
    "uuid": str,
}


def bare(kind: Any) -> Any:
    """The type without ``None`` or others beside it."""
    if get_origin(kind) in (Union, UnionType):
        kind = next(arg for arg in get_args(kind) if arg is not NoneType)
    return bare(get_args(kind)[0]) if hasattr(kind, "__metadata__") else kind


def check(kind: Any, documented: dict[str, Any]) -> None:
    name, kind = documented["type"], bare(kind)
    if name.startswith("array["):
        assert get_origin(kind) is list
        # The document cuts off what a file in a list may be instead: "array[file_input \\".
        name, kind = re.split(r"\W+", name)[1], bare(get_args(kind)[0])
    if name == "object":
        check_fields(kind, documented["fields"])
    elif name == "enum":
        assert kind is str or issubclass(kind, Enum)
    else:
        assert kind == SCALARS[name]


def check_fields(ours: type[BaseModel], documented: list[dict[str, Any]]) -> None:
    infos = {info.alias or name: info for name, info in ours.model_fields.items()}
    assert set(infos) == {field["name"] for field in documented}
    for field in documented:
        info = infos[field["name"]]
        assert info.is_required() == field["required"], field
        check(info.annotation, field)


@pytest.mark.parametrize("name", FEATURES)
def test_feature_is_as_documented(documented_features: dict[str, Any], name: str) -> None:
    ours, theirs = FEATURES[name], documented_features[name]
    assert ours.mode == theirs["mode"]
    check_fields(ours.input, theirs["input"])
    check_fields(ours.output, theirs["output"])


def test_all_features_are_known(documented_features: dict[str, Any]) -> None:
    assert list(FEATURES) == sorted(documented_features)
    assert len(FEATURES) == 36


def test_the_modules_are_what_the_generator_writes(
    documents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate([str(documents / "features.json"), "--check"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", FEATURES)
def test_no_sentence_of_the_document_is_ours(
    documented_features: dict[str, Any], name: str
) -> None:
    theirs = set(descriptions(documented_features[name]))
    ours = {*descriptions(fields_of(FEATURES[name].input)), FEATURES[name].description}
    assert not (ours | set(descriptions(fields_of(FEATURES[name].output)))) & theirs


def descriptions(described: Any) -> Iterator[str]:
    if isinstance(described, dict):
        yield from filter(None, [described.get("description")])
        yield from descriptions([part for name, part in described.items() if name != "description"])
    elif isinstance(described, list):
        for part in described:
            yield from descriptions(part)


def test_every_price_is_as_documented(documented_features: dict[str, Any]) -> None:
    for name, feature in documented_features.items():
        offers = {offer.model: offer for offer in FEATURES[name].offers}
        assert offers.keys() == {model["model"] for model in feature["models"]}
        for model in feature["models"]:
            offer = offers[model["model"]]
            told = [word.rstrip("s") for word in model["price"].split()]
            assert told in (
                [f"${offer.price}", "per", f"{offer.quantity:,}", offer.unit],
                [f"${offer.price}", "per", offer.unit][: 3 * (offer.quantity == 1)],
                ["Free"][: offer.price == 0],
            )


@pytest.mark.parametrize("name", FEATURES)
def test_files_are_marked_as_documented(documented_features: dict[str, Any], name: str) -> None:
    fields = documented_features[name]["input"]
    assert list(file_fields(name)) == [f["name"] for f in fields if f["type"] == "file_input"]


def test_every_documented_model_is_a_model_string(documented_features: dict[str, Any]) -> None:
    for name, feature in documented_features.items():
        for model in feature["models"]:
            assert ModelId.parse(model["model"]).name == name


def test_every_category_is_known(documented_features: dict[str, Any]) -> None:
    assert {name.split("/")[0] for name in documented_features} == set(CATEGORIES)
    assert all(category.name == name for name, category in CATEGORIES.items())
