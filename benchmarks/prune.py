"""``python -m benchmarks.prune``: what clearing up costs, on a PostgreSQL database of its own.

``UNIVERSAL_AI_TEST_POSTGRES_URL`` names the server. Prints jobs a second, how long the longest
batch held its locks, and the memory of the process at the first batch and at its most.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time

import psycopg

from tests.services import own_database

#: Rows as jobs leave them: an output that can't be squeezed, two events of which one is a signal.
_JOBS = """
INSERT INTO universal_ai_universalaijob
  (id, requested_model, input, fallbacks, show_original_response, relays_webhook, public_id, status,
   feature, subfeature, provider, output, backend, route, candidate, spent, object_id, metadata,
   idempotency_scope, priority, requested_at, submitted_at, finished_at, attempts, polls, note,
   token_hash, due_at)
SELECT gen_random_uuid(), 'ocr/ocr_async/amazon', '{"file": "x"}', '[]', false, false,
   gen_random_uuid()::text, 'success', 'ocr', 'ocr_async', 'amazon',
   jsonb_build_object('text', (SELECT string_agg(md5(random()::text || n || part), '')
                               FROM generate_series(1, %(size)s / 32) AS part)),
   'default', '[]', 0, 0, '', '{}', '', 0, at, at, at, 1, 1, '', '', NULL
FROM generate_series(1, %(jobs)s) AS n,
     LATERAL (SELECT now() - interval '100 days' + n * interval '1 second' AS at) AS moment
"""
_EVENTS = """
INSERT INTO universal_ai_jobevent (id, job_id, kind, at, detail, delivered_at, deliveries, receipts)
SELECT gen_random_uuid(), id, kind, finished_at, '{}', finished_at, 1, '{}'
FROM universal_ai_universalaijob, (VALUES ('submitted'), ('succeeded')) AS kinds (kind)
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prune", description=__doc__)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--size", type=int, default=10_000, help="bytes of each output")
    parser.add_argument("--batch-size", type=int, default=500)
    chosen = parser.parse_args()
    with own_database(os.environ["UNIVERSAL_AI_TEST_POSTGRES_URL"]) as url:
        _measure(url, chosen)


def _measure(url: str, chosen: argparse.Namespace) -> None:
    os.environ["UNIVERSAL_AI_TEST_DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.core.management import call_command

    from django_universal_ai.jobs import erasing

    call_command("migrate", verbosity=0)
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(_JOBS, {"jobs": chosen.jobs, "size": chosen.size})
        database.execute(_EVENTS)
        database.execute("ANALYZE")
    took: list[float] = []
    memory: list[int] = []
    erase = erasing.erase

    def timed(*args: object, **kwargs: object) -> erasing.Erased:
        began = time.monotonic()
        erased = erase(*args, **kwargs)  # type: ignore[arg-type] # passed through as they are
        took.append(time.monotonic() - began)
        memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        return erased

    erasing.erase = timed
    began = time.monotonic()
    size = str(chosen.batch_size)
    call_command("universal_ai", "prune", "--older-than", "30d", "--batch-size", size)
    seconds = time.monotonic() - began
    took.sort()
    sys.stdout.write(
        f"{chosen.jobs:,} jobs of {chosen.size:,} bytes, {chosen.batch_size} a batch: "
        f"{seconds:.1f} s, {chosen.jobs / seconds:,.0f} jobs/s; batch {took[len(took) // 2]:.3f} s "
        f"at the median, {took[-1]:.3f} s at most; memory {memory[0]} MB, {memory[-1]} MB at most\n"
    )


if __name__ == "__main__":
    main()
