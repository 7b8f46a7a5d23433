"""The process that shows the dashboard: fills its tables, and says how long a page takes."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import django

from ..talking import obey

#: Copies of one job, evenly over the last 30 days, by 20 kinds. One in fifty failed; the newest,
#: one in a hundred of all, are still at work.
_JOBS = """
INSERT INTO universal_ai_universalaijob ({columns})
SELECT {values} FROM universal_ai_universalaijob job, generate_series(1, {count}) n
WHERE job.id = '{pattern}' ORDER BY n DESC
"""
_EVENTS = """
INSERT INTO universal_ai_jobevent
    (id, job_id, kind, at, detail, deliver_at, delivered_at, deliveries, receipts)
SELECT gen_random_uuid(), id, kind, requested_at, '{}', NULL, requested_at, 1, '{}'
FROM universal_ai_universalaijob, unnest(ARRAY['submitted', 'succeeded']) kind
WHERE status = 'success'
"""
_CHANGED = {
    "id": "gen_random_uuid()",
    "public_id": "gen_random_uuid()::text",
    "status": "CASE WHEN n <= {count} / 100 THEN 'processing' WHEN n % 50 = 1 THEN 'fail' "
    "ELSE 'success' END",
    "due_at": "CASE WHEN n <= {count} / 100 THEN now() + interval '1 hour' END",
    "feature": "(ARRAY['ocr', 'audio', 'text', 'image', 'video'])[1 + n % 5]",
    "provider": "(ARRAY['google', 'amazon', 'openai', 'deepgram'])[1 + n % 4]",
    "cost": "0.0125",
    "output": """'{"text": "hello"}'""",
    "requested_at": "now() - interval '30 days' * n / {count} - interval '60 s' * random()",
    "submitted_at": "now() - interval '30 days' * n / {count} - interval '50 s' * random()",
    "finished_at": "CASE WHEN n > {count} / 100 THEN now() - interval '30 days' * n / {count} END",
}


def fill(count: int) -> float:
    """So many jobs and their events, counted. Returns how many were counted per second."""
    from django.db import connection

    from django_universal_ai.engine import counting, recounting
    from django_universal_ai.models import UniversalAIJob

    pattern = UniversalAIJob.objects.create(
        requested_model="ocr/ocr_async/google", feature="ocr", subfeature="ocr_async",
        provider="google", backend="default",
    )  # fmt: skip
    columns = [str(field.column) for field in UniversalAIJob._meta.concrete_fields]
    values = [
        _CHANGED.get(name, f'job."{name}"').replace("{count}", str(count)) for name in columns
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _JOBS.format(
                columns=", ".join(f'"{name}"' for name in columns),
                values=", ".join(values),
                count=count,
                pattern=pattern.pk,
            )
        )
        cursor.execute(_EVENTS)
        cursor.execute("VACUUM ANALYZE")
        began = time.perf_counter()
        noted = recounting.forget_since(datetime(2000, 1, 1, tzinfo=UTC))
        counting.count_all()
        took = time.perf_counter() - began
        cursor.execute("VACUUM ANALYZE")
    return noted / took


def show(query: str, turns: int) -> dict[str, Any]:
    """The page, so many times: the seconds of each, and its queries."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(
        User.objects.get_or_create(username="ann", is_staff=True, is_superuser=True)[0]
    )
    seconds = []
    for _ in range(turns):
        began = time.perf_counter()
        answer = client.get(f"/admin/universal_ai/universalaijob/dashboard/{query}")
        seconds.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer.content
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/admin/universal_ai/universalaijob/dashboard/{query}")
    return {"seconds": seconds, "queries": len(queries)}


if __name__ == "__main__":
    django.setup()
    obey({"fill": fill, "show": show})
