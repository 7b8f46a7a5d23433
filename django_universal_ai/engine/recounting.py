"""Making rolled-up rows anew, from the jobs that are still there."""

from __future__ import annotations

from datetime import datetime

from django.db import connections
from django.db.models import BooleanField, Case, F, Value, When

from ..jobs.counting import COPIED
from ..models import Rollup, Span, Uncounted, UniversalAIJob
from ..models.database import atomic, database, retrying
from . import counting


@retrying
def forget_since(day: datetime) -> int:
    """Forget what was counted of the UTC day of ``day`` and of later ones, and note it anew.

    Returns how many ends were noted; :func:`~django_universal_ai.engine.counting.count_all` counts
    them, or the engine does. Jobs that were deleted in the meantime are not among them.
    """
    begin = Span.DAY.begin(day)
    with atomic():
        counting.locked(waits=True)
        Rollup.objects.filter(begin__gte=begin).delete()
        return _note_since(begin)


def _note_since(begin: datetime) -> int:
    """One statement: a job and its notes are seen as they are at one moment.

    Each list of notes is read once. Looked for job by job, a note would be sought among those that
    the statement itself has written by then, which would be a square of their number.
    """
    noted = Uncounted.objects.order_by().values("job_id")
    ended = UniversalAIJob.objects.finished().filter(finished_at__gte=begin).order_by()
    rows = ended.exclude(pk__in=noted.filter(counts_end=True)).annotate(
        # A request of an earlier day is still counted there; a cost that is noted comes with that.
        counts_request=Case(When(requested_at__gte=begin, then=True), default=False),
        counts_end=Value(True, BooleanField()),
        told_cost=Case(When(pk__in=noted, then=None), default=F("cost")),
    )
    taken = ["told_cost" if name == "cost" else name for name in COPIED]
    chosen = rows.values_list("pk", "counts_request", "counts_end", *taken)
    connection = connections[database()]
    sql, params = chosen.query.get_compiler(connection=connection).as_sql()
    quote = connection.ops.quote_name
    columns = ", ".join(map(quote, ("job_id", "counts_request", "counts_end", *COPIED)))
    with connection.cursor() as cursor:
        table = quote(Uncounted._meta.db_table)
        cursor.execute(f"INSERT INTO {table} ({columns}) {sql}", params)
        return int(cursor.rowcount)
