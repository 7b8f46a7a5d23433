"""A table of jobs as a busy site has it after some months, made by the database itself.

Few jobs or many, each filter of the list fits at least a page of them. What is rare on a site
(uncertain jobs, results at risk, dead letters, slow jobs) is as rare in both.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone

from django_universal_ai.engine.sketch import Sketch
from django_universal_ai.models import DurationSketch, JobEvent, UniversalAIJob

#: Jobs of each rare sort.
RARE = 80
#: Jobs of the newest that are at work and that wait: a hundredth, but no fewer than that.
LEAST_AT_WORK = 100
#: Seconds that jobs are known to take.
USUAL = 3600.0
OWNERS = 8
KINDS = (
    "ocr/ocr_async/amazon", "ocr/ocr_async/google", "ocr/invoice_parser/microsoft",
    "audio/speech_to_text_async/deepgram", "audio/speech_to_text_async/google/latest",
    "text/moderation/openai", "text/summarize/anthropic", "translation/document_translation/deepl",
    "video/label_detection_async/amazon", "image/object_detection/clarifai",
)  # fmt: skip
#: The k-th of n jobs, the oldest first: seven tenths are weeks old, the rest has a tenth each for
#: a week, a day and an hour.
_AGE = """
CASE WHEN k < 0.7 * n THEN 604800 + (0.7 * n - k) / n * 1.3e7
     WHEN k < 0.8 * n THEN 86400 + (0.8 * n - k) / n * 5.1e6
     WHEN k < 0.9 * n THEN 3600 + (0.9 * n - k) / n * 8.2e5
     ELSE 60 + (n - k)::float / n * 35000 END * interval '1 second'
"""
_STATUS = """
CASE WHEN k %% greatest(n / {rare}, 3) = 1 AND k < 0.7 * n THEN 'uncertain'
     WHEN k %% greatest(n / {rare}, 3) = 2 AND k < 0.7 * n THEN 'processing'
     WHEN k > n - at_work / 2 THEN 'pending'
     WHEN k > n - at_work THEN 'processing'
     WHEN k %% 16 = 5 THEN 'fail'
     ELSE 'success' END
"""
#: Texts that PostgreSQL can compress to a few kilobytes, but not so far that they would stay in the
#: row: like an answer of that size they are stored apart, and read in full.
_BLOCKS = """
CREATE TEMPORARY TABLE block AS
SELECT nth, (SELECT string_agg(md5(random()::text || nth || part), '')
             FROM generate_series(1, 92) part) AS text
FROM generate_series(0, 999) nth
"""
_OUTPUT = """
jsonb_build_object('text', repeat((SELECT text FROM block WHERE nth = k %% 1000), %(repeats)s))
"""
_FILL = """
INSERT INTO universal_ai_universalaijob ({columns})
SELECT {values} FROM (
    SELECT k, n, {status} AS state, now() - {age} AS asked, (%(kinds)s::text[])[1 + k %% 10] AS kind
    FROM generate_series(1, %(count)s) k,
         (SELECT %(count)s AS n, greatest({least}, %(count)s / 100) AS at_work) size
    ORDER BY k
) made, universal_ai_universalaijob pattern
"""
_EVENTS = """
INSERT INTO universal_ai_jobevent
    (id, job_id, kind, at, detail, deliver_at, delivered_at, deliveries, receipts)
SELECT gen_random_uuid(), id, 'succeeded', finished_at, '{{}}', NULL,
    CASE WHEN nth %% greatest(total / {rare}, 3) <> 0 THEN finished_at END, 1, '{{}}'
FROM (SELECT id, finished_at, row_number() OVER (ORDER BY finished_at) nth, count(*) OVER () total
      FROM universal_ai_universalaijob WHERE status = 'success') ended
"""


def fill(count: int, output_kb: int) -> None:
    """Fill the empty tables."""
    User.objects.bulk_create(User(username=f"owner{number}") for number in range(OWNERS))
    owner = "(SELECT id FROM auth_user WHERE username = 'owner' || k %% 10)"
    kind = ContentType.objects.get_for_model(User)
    pattern = UniversalAIJob(requested_at=timezone.now(), backend="default", submitted_at=None)
    pattern.save()
    changed = {
        "id": "gen_random_uuid()",
        "public_id": "gen_random_uuid()::text",
        "status": "state",
        "requested_model": "kind",
        "feature": "split_part(kind, '/', 1)",
        "subfeature": "split_part(kind, '/', 2)",
        "provider": "split_part(kind, '/', 3)",
        "backend": "CASE WHEN k %% 12 = 7 THEN 'local' ELSE 'default' END",
        "owner_id": owner,  # two of ten have none
        "content_type_id": f"CASE WHEN k %% 2 = 0 THEN {kind.pk} END",
        "object_id": "CASE WHEN k %% 2 = 0 THEN (k / 10)::text ELSE '' END",
        "requested_at": "asked",
        "posted_at": "asked",
        "submitted_at": "CASE WHEN state <> 'pending' THEN asked END",
        "finished_at": "CASE WHEN state IN ('success', 'fail') "
        "THEN asked + (5 + random() * 600) * interval '1 second' END",
        "due_at": "CASE WHEN state NOT IN ('success', 'fail') THEN now() END",
        "cost": "CASE WHEN state = 'success' THEN round((random() / 10)::numeric, 6) END",
        "output": f"CASE WHEN state = 'success' THEN {_OUTPUT} END",
        "error": "CASE WHEN state = 'fail' THEN '{\"message\": \"It failed.\"}'::jsonb END",
    }
    names = [field.column or "" for field in UniversalAIJob._meta.concrete_fields]
    quote = connection.ops.quote_name
    values = [changed.get(name, f"pattern.{quote(name)}") for name in names]
    sql = _FILL.format(
        columns=", ".join(map(quote, names)),
        values=", ".join(values),
        status=_STATUS.format(rare=RARE),
        age=_AGE,
        least=LEAST_AT_WORK,
    )
    with connection.cursor() as cursor:
        told: dict[str, Any] = {
            "count": count,
            "kinds": list(KINDS),
            "repeats": max(1, output_kb * 1000 // 2944),
        }
        # Six times as fast as the other way to compress; tables have either.
        output = "ALTER TABLE universal_ai_universalaijob ALTER COLUMN output"
        cursor.execute(f"{output} SET COMPRESSION lz4")
        cursor.execute(_BLOCKS)
        cursor.execute("CREATE UNIQUE INDEX ON block (nth)")
        cursor.execute(sql, told)
        pattern.delete()
        cursor.execute(_EVENTS.format(rare=RARE), [])
        for model in (UniversalAIJob, JobEvent):
            cursor.execute(f"VACUUM ANALYZE {quote(model._meta.db_table)}")
    _learn()


def _learn() -> None:
    sketch = Sketch()
    sketch.learn([(USUAL, USUAL)] * 50)
    DurationSketch.objects.bulk_create(
        DurationSketch(
            id=f"{alias}-{number}",
            backend=alias,
            requested_model=kind,
            weights=sketch.to_json(),
            count=50,
            updated_at=timezone.now(),
        )
        for alias in ("default", "local")
        for number, kind in enumerate(KINDS)
    )
