"""Real workers: started, killed and stopped, with a broker that loses everything."""

from __future__ import annotations

import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.site import Site, kill_group, wait_until
from tests.upstream import Control, upstream_process

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

POOLS = {
    "prefork": ("--pool", "prefork", "--concurrency", "2"),
    "threads": ("--pool", "threads", "--concurrency", "2"),
    "solo": ("--pool", "solo"),
}


@pytest.fixture
def upstream() -> Iterator[Control]:
    with upstream_process("--set", "seconds=0.5") as control:
        yield control


@pytest.fixture
def site(upstream: Control, tmp_path: Path) -> Site:
    return Site(tmp_path / "site", upstream.url)


def statuses(site: Site) -> Counter[str]:
    """How many jobs are in each status, read without the app."""
    with closing(sqlite3.connect(site.root / "db.sqlite3", timeout=20)) as database:
        query = "SELECT status, COUNT(*) FROM universal_ai_universalaijob GROUP BY status"
        return Counter(dict(database.execute(query).fetchall()))


def undelivered(site: Site) -> int:
    with closing(sqlite3.connect(site.root / "db.sqlite3", timeout=20)) as database:
        query = "SELECT COUNT(*) FROM universal_ai_jobevent WHERE deliver_at IS NOT NULL"
        (count,) = database.execute(query).fetchone()
        return int(count)


def posts_per_job(upstream: Control) -> set[int]:
    return set(Counter(entry["body"]["input"]["file"] for entry in upstream.posts()).values())


@pytest.mark.parametrize("pool", POOLS)
def test_a_worker_alone_moves_everything_and_stops_when_told(
    pool: str, site: Site, upstream: Control
) -> None:
    site.submit(6)
    site.submit(2, model="text/act/actor")
    site.purge()
    with site.worker(*POOLS[pool]) as worker:
        assert wait_until(lambda: statuses(site) == {"success": 8}), site.log
        assert wait_until(lambda: not undelivered(site)), site.log
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=20) == 0, site.log
    assert "Traceback" not in site.log
    assert posts_per_job(upstream) == {1}


@pytest.mark.parametrize("pool", POOLS)
def test_an_idle_worker_stops_when_told(pool: str, site: Site) -> None:
    with site.worker(*POOLS[pool]) as worker:
        assert wait_until(lambda: " ready." in site.log), site.log
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=10) == 0, site.log


def test_jobs_outlive_their_worker(site: Site, upstream: Control) -> None:
    upstream.configure(seconds=5)
    site.submit(6)
    site.purge()
    with site.worker(*POOLS["prefork"]) as worker:
        assert wait_until(lambda: statuses(site) == {"processing": 6}), site.log
        kill_group(worker)
    site.purge()
    with site.worker(*POOLS["prefork"]):
        assert wait_until(lambda: statuses(site) == {"success": 6}), site.log
    assert posts_per_job(upstream) == {1}


def test_a_message_wakes_the_worker_at_once(site: Site) -> None:
    with site.worker(*POOLS["threads"]):
        assert wait_until(lambda: " ready." in site.log), site.log
        site.submit(1)
        assert wait_until(lambda: "advance_jobs" in site.log or statuses(site)["success"] == 1)
        assert wait_until(lambda: statuses(site) == {"success": 1}), site.log


def test_the_projects_time_limit_for_tasks_stops_no_pass(site: Site, upstream: Control) -> None:
    """It would kill the process in the middle of a POST that is paid for."""
    site.environment["SITE_TASK_TIME_LIMIT"] = "1"
    upstream.fault("silence", method="POST", seconds=3)
    site.submit(1)
    site.purge()
    with site.worker("--pool", "prefork", "--concurrency", "1"):
        assert wait_until(lambda: statuses(site) == {"success": 1}, 20), site.log
    assert posts_per_job(upstream) == {1}
