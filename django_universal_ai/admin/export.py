"""Jobs as CSV and as JSON lines, batch by batch: memory stays flat, however many there are."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast

from ..contract import format_cost, redact
from ..models import UniversalAIJob
from .json_tree import printable

Row = dict[str, Any]

#: The columns of both formats, in their order.
COLUMNS = (
    "id", "public_id", "status", "requested_model", "feature", "subfeature", "provider", "model",
    "backend", "owner", "attached_kind", "attached_id", "cost", "requested_at", "submitted_at",
    "finished_at", "duration_seconds", "error_message", "parent",
)  # fmt: skip
#: JSON fields that only JSON lines have, as the database holds them.
DOCUMENTS = ("input", "metadata", "output", "error")

#: What makes a spreadsheet take a text for a formula, also in full width.
_FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
_BREAKS = ("\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write jobs."""

    label: str
    content_type: str
    #: Rows that are held at once: those with documents may be large.
    batch: int
    head: str
    documents: tuple[str, ...]
    write: Callable[[list[Row]], str]

    def stream(self, jobs: QuerySet[UniversalAIJob]) -> Iterator[str]:
        """The file in pieces, the newest job first."""
        yield self.head
        for rows in _batches(_values(jobs, self.documents), self.batch):
            yield self.write(rows)


def _batches(rows: QuerySet[Any, Any], size: int) -> Iterator[list[Row]]:
    """Each batch by a query of its own, which begins where the last one ended.

    A server-side cursor would hold a transaction open, or have the server copy all rows first.
    """
    rows = rows.order_by("-requested_at", "-pk")
    after = Q()
    while True:
        found = list(rows.filter(after)[:size])
        if found:
            yield found
        if len(found) < size:
            return
        at, pk = found[-1]["requested_at"], found[-1]["id"]
        after = Q(requested_at__lte=at) & (Q(requested_at__lt=at) | Q(pk__lt=pk))


def _values(jobs: QuerySet[UniversalAIJob], documents: tuple[str, ...]) -> QuerySet[Any, Any]:
    return jobs.values(
        "id", "public_id", "status", "requested_model", "feature", "subfeature", "provider",
        "model", "backend", "content_type_id", "object_id", "cost", "requested_at", "submitted_at",
        "finished_at", "parent_id",
        owner_name=F(f"owner__{get_user_model().USERNAME_FIELD}"),
        **{f"{name}_text": Cast(F(name), TextField()) for name in {"error", *documents}},
    )  # fmt: skip


def _flat(row: Row) -> Row:
    """The columns of a row, by name."""
    kind = row["content_type_id"]
    ended = row["finished_at"]
    made = {
        "owner": row["owner_name"],
        "attached_kind": None if kind is None else _kind(kind),
        "attached_id": None if kind is None else row["object_id"],
        "duration_seconds": None if ended is None else ended - row["requested_at"],
        "error_message": _message(row["error_text"]),
        "parent": row["parent_id"],
    }
    return {name: _plain(made[name] if name in made else row[name]) for name in COLUMNS}


def _message(error: str | None) -> str | None:
    """What an error says to people. Read here: SQLite can't pass every text that JSON holds on."""
    try:
        found = json.loads(error) if error else None
    except (ValueError, RecursionError):
        return None
    message = found.get("message") if isinstance(found, dict) else None
    return redact(message) if isinstance(message, str) else None


def _kind(pk: int) -> str:
    kind = ContentType.objects.get_for_id(pk)  # cached per process
    return f"{kind.app_label}.{kind.model}"


def _plain(value: Any) -> str | float | None:
    """As both formats write it. Money stays exact: it is a text, never a float."""
    match value:
        case None | str():
            return value and printable(value)
        case Decimal():
            return format_cost(value.normalize())
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
    return str(value)


# -------------------------------------------------------------------------------------- CSV


def _write_csv(rows: list[Row]) -> str:
    return _lines(list(map(_cell, _flat(row).values())) for row in rows)


def _lines(cells: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(cells)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would run begins with an apostrophe."""
    if not isinstance(value, str):
        return value
    runs = value.startswith(_BREAKS) or value.lstrip().startswith(_FORMULAS)
    return f"'{value}" if runs else value


# ------------------------------------------------------------------------------- JSON lines


def _write_json_lines(rows: list[Row]) -> str:
    return "".join(map(_json_line, rows))


def _json_line(row: Row) -> str:
    line = json.dumps(_flat(row), ensure_ascii=False)
    documents = (
        # As it is, unparsed. In JSON a line break is never part of a value.
        f'"{name}": {(row[f"{name}_text"] or "null").replace(chr(10), " ")}'
        for name in DOCUMENTS
    )
    return f"{line[:-1]}, {', '.join(documents)}}}\n"


FORMATS = {
    "csv": Format("CSV", "text/csv", 1000, _lines([COLUMNS]), (), _write_csv),
    "jsonl": Format("JSON lines", "application/x-ndjson", 20, "", DOCUMENTS, _write_json_lines),
}
