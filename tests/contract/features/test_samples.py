from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal, Optional, Union

import pytest
from pydantic import BaseModel, Field

from django_universal_ai.contract.features.samples import sample


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Thing(BaseModel):
    name: Annotated[str, Field(min_length=2)]
    colour: Colour
    size: Literal["small", "large"]
    weight: float | None = None
    parts: list[int]
    notes: dict[str, Any]
    when: datetime = Field(examples=["2025-01-01T00:00:00Z"])
    whatever: Any


def test_a_model_is_filled_field_by_field() -> None:
    made = sample(Thing)
    assert made == {
        "name": "sample",
        "colour": "red",
        "size": "small",
        "weight": 0.5,
        "parts": [1],
        "notes": {},
        "when": "2025-01-01T00:00:00Z",
        "whatever": None,
    }
    assert Thing.model_validate(made).colour is Colour.RED


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (bool, True),
        (Annotated[int, Field(ge=0)], 1),
        (Optional[str], "sample"),  # noqa: UP045 - the old spellings are other types
        (Union[None, int], 1),  # noqa: UP007
        (None | int, 1),
        (list[list[str]], [["sample"]]),
    ],
)
def test_spellings_of_types(kind: Any, value: Any) -> None:
    assert sample(kind) == value


def test_a_type_without_an_example_asks_for_one() -> None:
    with pytest.raises(TypeError, match="examples="):
        sample(datetime)
