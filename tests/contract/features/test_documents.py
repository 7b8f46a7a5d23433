"""The typed features against what the service documents, field by field."""

from __future__ import annotations

from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from django_universal_ai.contract import FEATURES, ModelId, file_fields
from django_universal_ai.contract.fallbacks import CATEGORIES

SCALARS = {
    "string": str,
    "int": int,
    "float": float,
    "bool": bool,
    "dict": dict[str, Any],
    "any": Any,
    "file_input": str,
}


def bare(kind: Any) -> Any:
    """The type without ``None`` beside it."""
    if get_origin(kind) in (Union, UnionType):
        [kind] = [arg for arg in get_args(kind) if arg is not NoneType]
    return get_args(kind)[0] if hasattr(kind, "__metadata__") else kind


def check(kind: Any, documented: dict[str, Any]) -> None:
    name, kind = documented["type"], bare(kind)
    if name.startswith("array["):
        assert get_origin(kind) is list
        name, kind = name.removeprefix("array[").removesuffix("]"), bare(get_args(kind)[0])
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


def test_every_async_feature_is_known(documented_features: dict[str, Any]) -> None:
    names = {name for name, feature in documented_features.items() if feature["mode"] == "async"}
    assert names <= set(FEATURES)


@pytest.mark.parametrize("name", FEATURES)
def test_files_are_marked_as_documented(documented_features: dict[str, Any], name: str) -> None:
    fields = documented_features[name]["input"]
    assert list(file_fields(name)) == [f["name"] for f in fields if f["type"] == "file_input"]


def test_every_documented_model_is_a_model_string(documented_features: dict[str, Any]) -> None:
    for name, feature in documented_features.items():
        for model in feature["models"]:
            assert ModelId.parse(model["model"]).name == name


def test_every_category_is_known_to_fallbacks(documented_features: dict[str, Any]) -> None:
    assert {name.split("/")[0] for name in documented_features} == CATEGORIES
