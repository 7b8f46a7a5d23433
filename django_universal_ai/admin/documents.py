"""The JSON that a job holds: read as text, so that a huge answer can't fill the memory."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import F, TextField
from django.db.models.functions import Cast, Length, Substr
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..contract import redact
from ..models import UniversalAIJob
from . import json_tree

ANSWERED = ("output", "error", "original_response")
ASKED = ("input", "provider_params", "user_webhook_parameters", "metadata")

#: Characters of one field that a page shows; longer ones are cut.
MOST_SHOWN = 200_000
#: Characters of one field that a page reads, to find the text in a longer answer.
MOST_READ = 2_000_000

_UNREADABLE = object()


@dataclass(frozen=True)
class Document:
    """One JSON field of a job."""

    field: str
    #: As the database holds it, at most :data:`MOST_READ` characters.
    text: str
    #: Characters in all.
    size: int

    @property
    def label(self) -> str:
        return str(UniversalAIJob._meta.get_field(self.field).verbose_name)  # type: ignore[union-attr]

    @property
    def is_cut(self) -> bool:
        return self.size > MOST_SHOWN

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show: no value, or an empty one."""
        return self.text in ("", "null", "{}", "[]")

    @property
    def value(self) -> Any:
        """What it holds; ``None`` where it's too long or too deep to be read here."""
        return None if self._parsed is _UNREADABLE else self._parsed

    @cached_property
    def html(self) -> SafeString:
        """As a tree that folds; as plain text where it's cut."""
        if self.is_cut or self._parsed is _UNREADABLE:
            shown = json_tree.without_data(self._pretty)[:MOST_SHOWN]
            text = json_tree.printable(redact(shown))
            return format_html('<pre class="uai-raw">{}</pre>', text)
        return json_tree.tree(self._parsed, hides_named_secrets=self.field in ASKED)

    @property
    def _pretty(self) -> str:
        if self._parsed is _UNREADABLE:
            return self.text
        return json.dumps(self._parsed, indent=2, ensure_ascii=False)

    @cached_property
    def _parsed(self) -> Any:
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return _UNREADABLE


def read(pk: uuid.UUID) -> dict[str, Document]:
    """All JSON fields of a job that hold something, by name. One query."""
    columns: dict[str, Any] = {}
    for name in (*ANSWERED, *ASKED):
        text = Cast(F(name), TextField())
        columns[f"{name}_text"] = Substr(text, 1, MOST_READ)
        columns[f"{name}_size"] = Length(text)
    row: dict[str, Any] = dict(UniversalAIJob.objects.filter(pk=pk).values(**columns).get())
    found = (
        Document(name, row[f"{name}_text"] or "", row[f"{name}_size"] or 0)
        for name in (*ANSWERED, *ASKED)
    )
    return {document.field: document for document in found if not document.is_empty}


def raw(pk: uuid.UUID, name: str) -> str | None:
    """One field's whole JSON, as the database holds it; ``None`` where it is empty."""
    text = Cast(F(name), TextField())
    value: str | None = UniversalAIJob.objects.filter(pk=pk).values_list(text, flat=True).get()
    return value
