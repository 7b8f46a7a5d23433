"""Several processes move the same jobs, on PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.services import POSTGRES, own_database, service_url
from tests.site import Site, wait_until
from tests.upstream import Control, upstream_process

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(300)]

JOBS = 200
PROCESSES = 4
ADVANCE = "from django_universal_ai import engine\nprint(engine.advance(budget=60))"


@pytest.fixture
def service() -> Iterator[Control]:
    with upstream_process("--set", "seconds=0.2") as control:
        yield control


@pytest.fixture
def database_url() -> Iterator[str]:
    """A database of this test's own."""
    with own_database(service_url(POSTGRES)) as url:
        yield url


@pytest.fixture
def site(service: Control, database_url: str, tmp_path: Path) -> Site:
    return Site(tmp_path / "site", service.url, database_url=database_url)


def posts(service: Control) -> Counter[str]:
    return Counter(entry["body"]["input"]["file"] for entry in service.posts())


def statuses(site: Site) -> Counter[str]:
    with psycopg.connect(site.database_url) as database:
        rows = database.execute(
            "SELECT status, COUNT(*) FROM universal_ai_universalaijob GROUP BY 1"
        )
        return Counter(dict(rows.fetchall()))


def test_each_job_is_paid_for_once(site: Site, service: Control) -> None:
    site.submit(JOBS)
    site.purge()
    while statuses(site) != {"success": JOBS}:
        processes = [site.start(ADVANCE) for _ in range(PROCESSES)]
        for process in processes:
            process.communicate(timeout=120)
            assert process.returncode == 0
        assert not statuses(site)["uncertain"]
        assert not statuses(site)["fail"]
    assert len(posts(service)) == JOBS
    assert set(posts(service).values()) == {1}
    kinds = site.query("list(JobEvent.objects.values_list('kind', flat=True))")
    assert Counter(kinds) == {"submitted": JOBS, "succeeded": JOBS}
    assert site.query("JobEvent.objects.filter(delivered_at=None).count()") == 0


def test_a_database_that_hangs_up_loses_no_answer(site: Site, service: Control) -> None:
    """Its connections are cut all the time while answers that were paid for come in."""
    site.submit(60)
    site.purge()
    processes = [site.start(ADVANCE) for _ in range(2)]
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(service_url(POSTGRES), autocommit=True) as server:
        name = urlsplit(site.database_url).path.strip("/")

        def all_sent() -> bool:
            server.execute(cut, [name])
            return sum(posts(service).values()) >= 60

        wait_until(all_sent, 20)
    for process in processes:
        process.communicate(timeout=120)  # it may well have given up
    assert wait_until(lambda: _go_on(site), 120), statuses(site)
    assert len(posts(service)) == 60
    assert set(posts(service).values()) == {1}


def _go_on(site: Site) -> bool:
    site.start(ADVANCE).communicate(timeout=120)
    return statuses(site) == {"success": 60}
