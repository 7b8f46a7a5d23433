"""``prune`` in processes that are killed, beside processes that move jobs, on PostgreSQL."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import POSTGRES, own_database, service_url
from tests.site import Site, kill_group
from tests.upstream import Control, upstream_process

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(300)]

OLD, NEW, SHARED = 400, 60, 40
#: Old jobs with a file each; some files are read by a second old job, and by a new one.
FILL = f"""
from datetime import timedelta
from django.utils import timezone
from django_universal_ai.models import *
at = timezone.now() - timedelta(days=30)
def row(n, **more):
    return UniversalAIJob(
        requested_model="ocr/ocr_async/amazon", feature="ocr", subfeature="ocr_async",
        provider="amazon", status="success", backend="default", due_at=None,
        requested_at=at, finished_at=at + timedelta(seconds=n), **more)
jobs = UniversalAIJob.objects.bulk_create([row(n) for n in range({OLD})])
UniversalAIJob.objects.update(due_at=None)
files = [UniversalAIFile.objects.store(b"scan") for n in range({OLD // 2})]
UniversalAIFile.objects.update(created_at=at)
JobFile.objects.bulk_create(
    [JobFile(job=job, file=files[n % len(files)], field="file") for n, job in enumerate(jobs)])
kept = row(0, metadata={{"kept": True}})
kept.finished_at = timezone.now()
kept.save(force_insert=True)
UniversalAIJob.objects.filter(pk=kept.pk).update(due_at=None)
JobFile.objects.bulk_create(
    [JobFile(job=kept, file=file, field=f"file{{n}}") for n, file in enumerate(files[:{SHARED}])])
"""
PRUNE = (
    "from django.core.management import call_command\n"
    'call_command("universal_ai", "prune", "--older-than", "1d", "--batch-size", "10")'
)
ADVANCE = "from django_universal_ai import engine\nprint(engine.advance(budget=60))"


@pytest.fixture
def service() -> Iterator[Control]:
    with upstream_process("--set", "seconds=0.2") as control:
        yield control


@pytest.fixture
def site(service: Control, tmp_path: Path) -> Iterator[Site]:
    with own_database(service_url(POSTGRES)) as url:
        yield Site(tmp_path / "site", service.url, database_url=url)


def test_it_erases_what_is_old_and_nothing_else(site: Site, service: Control) -> None:
    site.run(FILL)
    site.submit(NEW)
    site.purge()
    chance = random.Random(7)  # noqa: S311 - a load pattern, not a secret
    movers = [site.start(ADVANCE) for _ in range(2)]
    for _ in range(3):
        pruners = [site.start(PRUNE) for _ in range(2)]
        time.sleep(chance.uniform(0.8, 2.0))  # somewhere in the midst of it, wherever that is
        for pruner in pruners:
            kill_group(pruner)
            pruner.communicate()
    site.run(PRUNE)
    for mover in movers:
        mover.communicate(timeout=120)
        assert mover.returncode == 0
    while site.query("UniversalAIJob.objects.unfinished().count()"):
        site.run(ADVANCE)

    assert site.query("UniversalAIJob.objects.filter(metadata={'kept': True}).count()") == 1
    assert site.query("UniversalAIJob.objects.count()") == NEW + 1
    assert site.query("JobFile.objects.count()") == SHARED
    assert site.query("UniversalAIFile.objects.living().count()") == SHARED
    paid = Counter(entry["body"]["input"]["file"] for entry in service.posts())
    assert set(paid.values()) == {1}
    assert len(paid) == NEW

    site.run(
        "from django_universal_ai.models import *\nUniversalAIFile.objects.exclude("
        "remove_at=None).update(remove_at='2026-01-01T00:00:00Z')"
    )
    site.run(ADVANCE)
    stored = [path for path in (site.root / "media").rglob("*") if path.is_file()]
    assert len(stored) == SHARED
