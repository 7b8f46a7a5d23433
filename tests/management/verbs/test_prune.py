from __future__ import annotations

import io
import json
import signal
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai.gateway import tokens
from django_universal_ai.gateway.models import ApiJob, DailyUsage, Token
from django_universal_ai.jobs import erasing
from django_universal_ai.management.verbs import deleting, progress
from django_universal_ai.models import Account, JobFile, UniversalAIFile, UniversalAIJob
from tests.rows import change, make_job
from tests.upstream import Upstream

from .conftest import Said
from .test_progress import Terminal

Command = Callable[..., Said]

pytestmark = pytest.mark.django_db
#: Requests leave from threads, which see only what is committed.
committed = pytest.mark.django_db(transaction=True)


def ended(days: float, status: str = "success", **fields: Any) -> UniversalAIJob:
    at = timezone.now() - timedelta(days=days)
    return make_job(status, requested_at=at, finished_at=at, **fields)


def left() -> set[UniversalAIJob]:
    return set(UniversalAIJob.objects.all())


def test_what_ended_long_ago_goes(universal_ai: Command) -> None:
    ended(91)
    young, waiting = ended(89), make_job("pending")

    said = universal_ai("prune", "--older-than", "90d")

    assert left() == {young, waiting}
    assert said.out.startswith("1 job erased in ")
    assert said.code == 0


def test_a_dry_run_only_tells(universal_ai: Command) -> None:
    rows = {ended(91), ended(92, due_at=timezone.now(), cost=None)}

    said = universal_ai("prune", "--older-than", "90d", "--dry-run")

    assert left() == rows
    assert "1 job would be erased" in said.out
    assert "1 kept: the service is still asked for its cost. Let a worker" in said.out


@pytest.mark.parametrize(
    ("options", "goes"),
    [
        ((), {"ok", "bad", "speech", "bobs"}),
        (("--keep-failed",), {"ok", "speech", "bobs"}),
        (("--status", "fail"), {"bad"}),
        (("--feature", "ocr"), {"ok", "bad", "bobs"}),
        (("--feature", "ocr/ocr_async", "--owner", "bob"), {"bobs"}),
        (("--provider", "google"), {"speech"}),
        (("--backend", "other"), {"bad"}),
    ],
)
def test_it_can_be_narrowed(
    universal_ai: Command, options: tuple[str, ...], goes: set[str]
) -> None:
    bob = get_user_model().objects.create_user("bob")
    ocr = {"feature": "ocr", "subfeature": "ocr_async", "provider": "amazon"}
    rows = {
        "ok": ended(91, **ocr),
        "bad": ended(91, "fail", backend="other", **ocr),
        "speech": ended(91),
        "bobs": ended(91, owner=bob, **ocr),
    }

    universal_ai("prune", "--older-than", "12w", *options)

    assert left() == {job for name, job in rows.items() if name not in goes}


def test_batches_of_any_size_take_all(universal_ai: Command) -> None:
    for _ in range(7):
        ended(2)
    universal_ai("prune", "--older-than", "1d", "--batch-size", 3)
    assert not left()


@pytest.mark.parametrize(("options", "living"), [((), 1), (("--keep-files",), 2)])
def test_files_go_unless_they_are_to_be_kept(
    universal_ai: Command, options: tuple[str, ...], living: int
) -> None:
    for days in (2, 0):
        file = UniversalAIFile.objects.store(b"scan")
        stored_at = timezone.now() - timedelta(days=days)
        UniversalAIFile.objects.filter(pk=file.pk).update(created_at=stored_at)
        JobFile.objects.create(job=ended(days), file=file, field="file")

    said = universal_ai("prune", "--older-than", "1d", *options)

    assert UniversalAIFile.objects.living().count() == living
    assert ("workers remove 1" in said.out) == (living == 1)


def test_json_for_scripts(universal_ai: Command) -> None:
    ended(2)
    ended(2, due_at=timezone.now(), cost=None)

    said = universal_ai("prune", "--older-than", "1d", "--json")

    told = json.loads(said.out)
    assert told.pop("seconds") >= 0
    assert told == {"dry_run": False, "erased": 1, "files": 0, "kept": {"cost": 1}}
    assert said.err == ""


def test_usage_is_counted_before_its_jobs_go(universal_ai: Command) -> None:
    ann = get_user_model().objects.create_user("ann")
    tokens.create(ann)
    job = ended(2, owner=ann, cost="0.5")
    ApiJob.objects.create(job=job, token=Token.objects.get(), day=timezone.now().date())

    universal_ai("prune", "--older-than", "1d")

    assert not left()
    assert DailyUsage.objects.get().cost == Decimal("0.5")


def test_without_the_gateway(universal_ai: Command, settings: Settings) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if "gateway" not in app]
    ended(2)
    universal_ai("prune", "--older-than", "1d")
    assert not left()


def test_it_goes_on_after_it_was_stopped(
    universal_ai: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        ended(2)
    erase = erasing.erase

    def interrupted(*args: Any, **kwargs: Any) -> erasing.Erased:
        signal.raise_signal(signal.SIGTERM)
        return erase(*args, **kwargs)

    monkeypatch.setattr(erasing, "erase", interrupted)
    said = universal_ai("prune", "--older-than", "1d", "--batch-size", 2)
    assert said.code == 130
    assert "2 jobs erased" in said.out
    assert len(left()) == 2

    monkeypatch.undo()
    universal_ai("prune", "--older-than", "1d")
    assert not left()


@pytest.mark.parametrize("age", ["90", "d", "-1d", "1y", ""])
def test_an_age_that_cannot_be(universal_ai: Command, age: str) -> None:
    with pytest.raises(CommandError, match="write it as 30m, 12h, 90d or 2w"):
        universal_ai("prune", f"--older-than={age}")


# ------------------------------------------------------------------------------- at the service


def done_there(universal_ai: Command, upstream: Upstream) -> UniversalAIJob:
    upstream.settings.update({"seconds": 0})
    job = make_job("pending")
    universal_ai("run", "--once")
    return change(job, finished_at=timezone.now() - timedelta(days=2))


@committed
def test_jobs_are_deleted_at_the_service_where_asked(
    universal_ai: Command, remote: object, upstream: Upstream
) -> None:
    job = done_there(universal_ai, upstream)

    universal_ai("prune", "--older-than", "1d", "--remote")

    assert not left()
    (asked,) = upstream.ledger.requests("DELETE")
    assert str(job.public_id) in asked.path


@committed
def test_a_service_that_is_away_costs_nothing(
    universal_ai: Command, remote: object, upstream: Upstream
) -> None:
    job = done_there(universal_ai, upstream)
    upstream.fault("answer", method="DELETE", status=500, body={})

    with pytest.raises(CommandError, match="Nothing is lost: run the same command again"):
        universal_ai("prune", "--older-than", "1d", "--remote")

    assert left() == {job}


@committed
def test_it_waits_while_the_account_is_busy(
    universal_ai: Command, remote: object, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    done_there(universal_ai, upstream)
    upstream.fault("rate_limited", method="DELETE")
    pauses: list[float] = []

    def pass_by(seconds: float) -> None:
        pauses.append(seconds)
        Account.objects.update(closed_until=None)

    monkeypatch.setattr(deleting, "sleep", pass_by)
    universal_ai("prune", "--older-than", "1d", "--remote")
    assert not left()
    assert len(pauses) == 1


@committed
def test_what_the_service_has_forgotten_isnt_asked_for(
    universal_ai: Command, remote: object, upstream: Upstream
) -> None:
    ended(9)
    ended(3)
    universal_ai("prune", "--older-than", "1d", "--remote")
    assert not left()
    assert len(upstream.ledger.requests("DELETE")) == 1


@committed
def test_an_account_that_stays_busy_is_given_up(
    universal_ai: Command, remote: object, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    done_there(universal_ai, upstream)
    Account.objects.update(closed_until=timezone.now() + timedelta(hours=1))
    pauses: list[float] = []
    monkeypatch.setattr(deleting, "sleep", pauses.append)
    with pytest.raises(CommandError, match="used up by others"):
        universal_ai("prune", "--older-than", "1d", "--remote")
    assert left()
    assert len(pauses) == deleting._TRIES


@committed
def test_what_never_was_there_needs_no_request(
    universal_ai: Command, remote: object, upstream: Upstream
) -> None:
    ended(2, "fail", public_id=None)
    universal_ai("prune", "--older-than", "1d", "--remote")
    assert not left()
    assert upstream.ledger.requests("DELETE") == []


def test_a_terminal_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_EVERY", 0.0)
    for _ in range(2):
        ended(91)
    err = Terminal()
    call_command("universal_ai", "prune", "--older-than", "90d", stdout=io.StringIO(), stderr=err)
    assert "Pruned 2 of 2 (100 %)" in err.getvalue()


def test_a_job_of_a_backend_that_is_gone_stays_with_remote(universal_ai: Command) -> None:
    job = ended(2, backend="gone")
    said = universal_ai("prune", "--older-than", "1d", "--remote")
    assert "1 kept: it can't be deleted at the service. Configure its backend again" in said.out
    said = universal_ai("prune", "--older-than", "1d", "--remote", "--json")
    assert json.loads(said.out)["kept"] == {"not_deleted_at_the_service": 1}
    assert left() == {job}
    universal_ai("prune", "--older-than", "1d")
    assert not left()
