"""The types of a feature in the service's own flat form, from which ``/info`` is answered."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel

from .kinds import kind_of, kind_of_items


def fields_of(model: type[BaseModel]) -> list[dict[str, Any]]:
    """Each field as ``name``, ``required``, ``type``, and what its type needs.

    An ``object`` has ``fields``, an ``array`` has ``items``, and an ``enum`` whose words are known
    has them as ``enum``. ``description`` is there where there is one.
    """
    described = []
    for name, field in model.model_fields.items():
        entry: dict[str, Any] = {"name": field.alias or name, "required": field.is_required()}
        if field.description:
            entry["description"] = field.description
        described.append(entry | _type_of(*kind_of(field)))
    return described


def _type_of(name: str, kind: Any) -> dict[str, Any]:
    if name == "array":
        return {"type": name, "items": _type_of(*kind_of_items(kind))}
    if name == "object":
        return {"type": name, "fields": fields_of(kind)}
    if name == "enum" and get_args(kind):
        return {"type": name, "enum": list(get_args(kind))}
    return {"type": name}
