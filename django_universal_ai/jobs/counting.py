"""What is to be counted, written down in the transaction in which it happens.

One statement for all jobs that end in a transaction. It copies within the database, so that nobody
has to read a row for it; :mod:`django_universal_ai.engine.counting` does the rest, in batches.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import connections

from ..models import Uncounted, UniversalAIJob
from ..models.database import database

#: What an uncounted end takes from its job, under the same names.
COPIED = (
    "status",
    "backend",
    "feature",
    "subfeature",
    "provider",
    "cost",
    "requested_at",
    "submitted_at",
    "finished_at",
)


def note_ends(ids: Collection[uuid.UUID]) -> None:
    """These jobs have just ended."""
    _note(ids, is_end=True)


def note_costs(ids: Collection[uuid.UUID]) -> None:
    """The costs of these have just come, after their end."""
    _note(ids, is_end=False)


def _note(ids: Collection[uuid.UUID], *, is_end: bool) -> None:
    if not ids:
        return
    connection = connections[database()]
    quote = connection.ops.quote_name
    key = UniversalAIJob._meta.pk
    key_column = quote(str(key.column))
    copied = ", ".join(map(quote, COPIED))
    places = ", ".join(["%s"] * len(ids))
    # Names are the models' own; values are parameters.
    statement = (
        f"INSERT INTO {quote(Uncounted._meta.db_table)} "  # noqa: S608 - see above
        f"(job_id, counts_request, counts_end, {copied}) "
        f"SELECT {key_column}, %s, %s, {copied} "
        f"FROM {quote(UniversalAIJob._meta.db_table)} WHERE {key_column} IN ({places})"
    )
    keys = [key.get_db_prep_value(pk, connection) for pk in ids]
    with connection.cursor() as cursor:
        cursor.execute(statement, [is_end, is_end, *keys])
