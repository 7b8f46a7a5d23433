"""One look for all that wait."""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from django_universal_ai.engine.outlook import Outlook
from django_universal_ai.live.lookout import Found, Lookout, Seen, look
from django_universal_ai.live.lookout import lookout as lookout_of_the_loop
from django_universal_ai.models import UniversalAIJob
from tests.rows import AUDIO, learned, make_job

Scene = Callable[[], Coroutine[Any, Any, None]]
IDS = [uuid.uuid4() for _ in range(3)]
#: Seconds; the machine may be busy.
PATIENCE = 30.0


class Rows:
    """Stands in for the database; counts looks."""

    def __init__(self) -> None:
        self.looks: list[set[uuid.UUID]] = []
        self.rows = {pk: Seen(UniversalAIJob(pk=pk), Outlook()) for pk in IDS}
        self.errors = 0

    def look(self, asked: tuple[uuid.UUID, ...]) -> dict[uuid.UUID, Seen]:
        self.looks.append(set(asked))
        if self.errors:
            self.errors -= 1
            raise OperationalError("gone")
        return {pk: self.rows[pk] for pk in asked if pk in self.rows}


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def lookout(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> Lookout:
    # No thread of these tests has a connection.
    monkeypatch.setattr("django_universal_ai.live.lookout._hang_up", lambda: None)
    return Lookout(rows.look, every=0.01)


async def waits(lookout: Lookout, pk: uuid.UUID) -> Found:
    with lookout.waiting_for(pk):
        return await lookout.next_look(PATIENCE)


def test_a_hundred_that_wait_cost_one_look(lookout: Lookout, rows: Rows) -> None:
    async def scene() -> None:
        found = await asyncio.gather(*(waits(lookout, IDS[n % 3]) for n in range(100)))
        assert all(each == rows.rows for each in found)

    asyncio.run(scene())
    assert rows.looks[0] == set(IDS)
    assert len(rows.looks) <= 2


def test_nobody_waits_nobody_looks(lookout: Lookout, rows: Rows) -> None:
    async def scene() -> None:
        await waits(lookout, IDS[0])
        await asyncio.sleep(0.05)  # the look that was begun is through
        looks = len(rows.looks)
        await asyncio.sleep(0.1)
        assert len(rows.looks) == looks
        assert lookout.waiting == 0
        await waits(lookout, IDS[1])  # and then somebody does again
        assert rows.looks[-1] == {IDS[1]}

    asyncio.run(scene())


def test_what_is_gone_is_told_and_what_wasnt_asked_isnt(lookout: Lookout, rows: Rows) -> None:
    del rows.rows[IDS[0]]

    async def scene() -> None:
        found = await waits(lookout, IDS[0])
        assert found == {IDS[0]: None}

    asyncio.run(scene())


def test_one_that_goes_away_takes_nobody_along(lookout: Lookout, rows: Rows) -> None:
    async def scene() -> None:
        first = asyncio.create_task(waits(lookout, IDS[0]))
        second = asyncio.create_task(waits(lookout, IDS[0]))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second)[IDS[0]] == rows.rows[IDS[0]]
        assert lookout.waiting == 0

    asyncio.run(scene())


def test_goes_on_after_the_database_was_away(
    lookout: Lookout, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    rows.errors = 3

    async def scene() -> None:
        assert (await waits(lookout, IDS[0]))[IDS[0]] == rows.rows[IDS[0]]

    with caplog.at_level(logging.WARNING):
        asyncio.run(scene())
    assert caplog.text.count("jobs can't be watched now: gone") == 3


@pytest.mark.django_db
def test_one_query_reads_them_all(ada: User) -> None:
    learned("default", AUDIO, [100.0] * 9)
    jobs = [make_job("processing", owner=ada) for _ in range(20)]
    look((jobs[0].pk,))  # knows now how long such jobs take
    with CaptureQueriesContext(connection) as queries:
        found = look(tuple(job.pk for job in jobs))
    assert len(queries) == 1
    assert all(seen.ahead.usual for seen in found.values())
    assert look((uuid.uuid4(),)) == {}


def test_each_event_loop_has_one() -> None:
    async def found() -> list[Lookout]:
        return [lookout_of_the_loop(), lookout_of_the_loop()]

    first, again = asyncio.run(found())
    assert first is again
    assert first is not asyncio.run(found())[0]


def test_its_thread_gives_its_connection_back(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    is_closed = threading.Event()

    def close(self: object) -> None:
        closed.append(threading.current_thread().name)
        is_closed.set()

    monkeypatch.setattr(type(connections["default"]), "close", close)
    asyncio.run(waits(Lookout(rows.look, every=0.01), IDS[0]))
    assert is_closed.wait(PATIENCE)
    assert {name.partition("_")[0] for name in closed} == {"universal-ai-live"}
