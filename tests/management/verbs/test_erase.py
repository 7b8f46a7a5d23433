from __future__ import annotations

import builtins
import io
import json
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai.gateway.models import ApiJob, DailyUsage, Token
from django_universal_ai.jobs import erasing
from django_universal_ai.management.verbs import owned
from django_universal_ai.management.verbs.exits import INTERRUPTED, LEFT
from django_universal_ai.models import JobFile, UniversalAIFile, UniversalAIJob, WebhookReceipt
from tests.management.owners import fill
from tests.rows import change, make_job
from tests.storage import ObjectStore, files_in
from tests.upstream import Upstream

from .conftest import Said

Command = Callable[..., Said]

pytestmark = pytest.mark.django_db
#: Requests leave from threads, which see only what is committed.
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann() -> Any:
    return get_user_model().objects.create_user("ann")


@pytest.fixture
def bob() -> Any:
    return get_user_model().objects.create_user("bob")


def kept(owner: Any) -> dict[str, int]:
    counts = {table.name: table.rows(owner).count() for table in owned.tables()}
    return {name: count for name, count in counts.items() if count}


def test_all_goes_and_nobody_elses(universal_ai: Command, ann: Any, bob: Any) -> None:
    store = ObjectStore()
    with files_in(store):
        job = fill(ann)
        fill(bob)
        WebhookReceipt.objects.create(
            fingerprint="early", signature="valid", public_id=job.public_id or "", body="{}"
        )
        bobs = kept(bob)

        said = universal_ai("erase", "--owner", "ann", "--yes")

        assert said.code == 0
        assert len(store.contents) == 1
    assert kept(ann) == {}
    assert kept(bob) == bobs
    assert not WebhookReceipt.objects.filter(fingerprint="early").exists()
    assert "Nothing is kept about ann any more." in said.out
    assert get_user_model().objects.filter(username="ann").exists()


def test_what_was_billed_stays_without_a_name(universal_ai: Command, ann: Any) -> None:
    fill(ann)
    universal_ai("erase", "--owner", "ann", "--yes")
    usage = DailyUsage.objects.get()
    assert (usage.jobs, usage.owner, usage.token) == (7, None, None)


def test_what_is_in_flight_is_told_and_goes_later(universal_ai: Command, ann: Any) -> None:
    fill(ann)
    busy, lost = make_job("processing", owner=ann), make_job("uncertain", owner=ann)
    store = ObjectStore()
    with files_in(store):
        file = UniversalAIFile.objects.store(b"x", owner=ann)
        JobFile.objects.create(job=busy, file=file, field="file")

        said = universal_ai("erase", "--owner", "ann", "--yes")

        assert said.code == LEFT
        assert set(UniversalAIJob.objects.all()) == {busy, lost}
        assert store.contents
        assert not Token.objects.exists()
        assert "1 kept: not ended yet. Wait until it has" in said.out
        assert "1 kept: uncertain. Resolve it in the admin" in said.out
        assert "2  universal_ai/universalaijob" in said.out

        for job in (busy, lost):
            change(job, status="fail", finished_at=timezone.now(), due_at=None)
        assert universal_ai("erase", "--owner", "ann", "--yes").code == 0
        assert not store.contents
    assert kept(ann) == {}


def test_a_job_in_flight_is_counted_without_its_token(universal_ai: Command, ann: Any) -> None:
    fill(ann)
    job = make_job("processing", owner=ann)
    ApiJob.objects.create(job=job, token=Token.objects.get(), day=timezone.now().date())
    universal_ai("erase", "--owner", "ann", "--yes")
    change(job, status="success", cost="0.5", finished_at=timezone.now(), due_at=None)
    assert universal_ai("erase", "--owner", "ann", "--yes").code == 0
    assert not DailyUsage.objects.exclude(owner=None).exists()
    assert sorted(DailyUsage.objects.values_list("jobs", flat=True)) == [1, 7]


def test_a_dry_run_only_tells(universal_ai: Command, ann: Any) -> None:
    fill(ann)
    make_job("processing", owner=ann)
    before = kept(ann)
    said = universal_ai("erase", "--owner", "ann", "--dry-run", "--json")
    told = json.loads(said.out)
    assert (told["found"], told["left"]) == (before, before)
    # The key keeps the other job until its owner's tokens are gone.
    assert told["kept"] == {"in_flight": 1, "idempotency_key": 1}
    assert kept(ann) == before
    assert Token.objects.get().is_valid


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "goes"), [("ann", True), ("Ann", False), ("", False)])
def test_it_asks(
    universal_ai: Command, ann: Any, monkeypatch: pytest.MonkeyPatch, answer: str, goes: bool
) -> None:
    fill(ann)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(builtins, "input", lambda prompt: answer)
    if goes:
        universal_ai("erase", "--owner", "ann")
    else:
        with pytest.raises(CommandError, match="Nothing was erased"):
            universal_ai("erase", "--owner", "ann")
    assert (kept(ann) == {}) == goes


def test_a_script_has_to_say_yes(
    universal_ai: Command, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(CommandError, match="add --yes") as refused:
        universal_ai("erase", "--owner", "ann", "--json")
    assert refused.value.returncode == 2


def test_it_may_be_stopped_and_goes_on(
    universal_ai: Command, ann: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ann)
    erase = erasing.erase

    def interrupted(*args: Any, **kwargs: Any) -> erasing.Erased:
        signal.raise_signal(signal.SIGINT)
        return erase(*args, **kwargs)

    monkeypatch.setattr(erasing, "erase", interrupted)
    assert universal_ai("erase", "--owner", "ann", "--yes").code == INTERRUPTED
    assert UniversalAIFile.objects.exists()
    monkeypatch.undo()
    assert universal_ai("erase", "--owner", "ann", "--yes").code == 0
    assert kept(ann) == {}


@committed
def test_at_the_service_too(
    universal_ai: Command, ann: Any, remote: object, upstream: Upstream
) -> None:
    upstream.settings.update({"seconds": 0})
    make_job("pending", owner=ann)
    universal_ai("run", "--once")
    assert universal_ai("erase", "--owner", "ann", "--yes", "--remote").code == 0
    assert upstream.jobs.all()[0].deleted
    assert kept(ann) == {}


def test_a_dry_run_about_somebody_of_whom_nothing_is_kept(universal_ai: Command, ann: Any) -> None:
    said = universal_ai("erase", "--owner", "ann", "--dry-run")
    assert "-  nothing" in said.out
    assert said.out.endswith("Nothing was erased.\n")
    assert said.code == 0


def test_without_the_gateway(universal_ai: Command, ann: Any, settings: Settings) -> None:
    job = make_job("success", owner=ann)
    file = UniversalAIFile.objects.store(b"x", owner=ann)
    JobFile.objects.create(job=job, file=file, field="file")
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if "gateway" not in app]
    assert universal_ai("erase", "--owner", "ann", "--yes").code == 0
    assert not UniversalAIFile.objects.exists()
