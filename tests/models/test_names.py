"""What each model's rows are called: in the admin, in its history, in a shell."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import models

MOMENT = datetime(2026, 11, 29, 12, 30, tzinfo=UTC)
VALUES: dict[type[models.Field[Any, Any]], Any] = {
    models.DateTimeField: MOMENT,
    models.DateField: MOMENT.date(),
    models.DecimalField: Decimal("0.5"),
    models.UUIDField: uuid.UUID(int=17),
    models.IntegerField: 17,
}
MODELS = [
    model
    for label in ("universal_ai", "universal_ai_gateway")
    for model in apps.get_app_config(label).get_models()
]


def value_of(field: Any) -> Any:
    if field.choices:
        return next(value for value, _ in field.flatchoices)
    if field.is_relation:
        return made(field.related_model)
    return next((value for kind, value in VALUES.items() if isinstance(field, kind)), "a-word")


def made(model: Any) -> Any:
    """An unsaved row with something in each field that has to have something."""
    fields = [
        field for field in model._meta.concrete_fields if not (field.null or field.has_default())
    ]
    return model(**{field.name: value_of(field) for field in fields})


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_row_is_called_by_what_it_holds(model: type[models.Model]) -> None:
    row = made(model)
    assert "object (" not in str(row)  # that is what Django says where nobody says anything
    assert str(row).strip()
