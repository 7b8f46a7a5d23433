"""Pages of a list, as the contract counts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from django.db.models import Model, QuerySet
from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from ...contract import json_problem

Row = TypeVar("Row", bound=Model)


def _storable(text: str) -> str:
    if problem := json_problem(text):
        raise PydanticCustomError("text", "{problem}", {"problem": problem})
    return text


#: Text that may be looked for in, and written to, every database.
Text = Annotated[str, AfterValidator(_storable)]


class Page(BaseModel):
    """Which part of a list is asked for; pages count from 1."""

    page: int = Field(default=1, ge=1)
    limit: int = Field(default=100, ge=1, le=1000)

    def of(
        self,
        rows: QuerySet[Row],
        item: Callable[[Row], dict[str, Any]],
        total: int | None = None,
    ) -> dict[str, Any]:
        """That part of ``rows``, each as ``item`` writes it, and how many there are in all.

        They are counted unless ``total`` says how many they are.
        """
        total = rows.count() if total is None else total
        start = (self.page - 1) * self.limit
        # A page beyond the end isn't asked for: its number may be beyond the database's as well.
        chosen = rows[start : start + self.limit] if start < total else ()
        return {
            "items": [item(row) for row in chosen],
            "total": total,
            "page": self.page,
            "limit": self.limit,
            "total_pages": -(-total // self.limit),
        }
