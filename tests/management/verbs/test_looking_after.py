"""The verbs that look at jobs, resolve them, and say how all is."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai import worker
from django_universal_ai.gateway.models import Token
from django_universal_ai.models import Account, JobEvent, UniversalAIJob
from tests.rows import AUDIO, change, fresh, make_due, make_job
from tests.upstream import Upstream

from .conftest import Said

Command = Callable[..., Said]

pytestmark = pytest.mark.django_db(transaction=True)


def test_list_shows_the_newest_first(universal_ai: Command) -> None:
    old = change(make_job("success"), requested_at=timezone.now() - timedelta(days=1))
    new = make_job("pending")

    lines = universal_ai("list").out.splitlines()

    assert [line.split()[0] for line in lines] == [str(new.pk), str(old.pk)]


def test_list_can_be_narrowed(universal_ai: Command) -> None:
    make_job("success")
    waiting = make_job("pending")
    lost = make_job("uncertain")

    unfinished = universal_ai("list", "--status", "unfinished", "--json").out.splitlines()
    uncertain = universal_ai("list", "--status", "uncertain", "--json").out.splitlines()

    assert {json.loads(line)["id"] for line in unfinished} == {str(waiting.pk), str(lost.pk)}
    assert [json.loads(line)["id"] for line in uncertain] == [str(lost.pk)]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--status", "finished"), {"done"}),
        (("--feature", "ocr"), {"scan"}),
        (("--feature", "ocr/ocr_async"), {"scan"}),
        (("--feature", "ocr/other"), set()),
        (("--provider", "amazon"), {"scan"}),
        (("--backend", "other"), {"bobs"}),
        (("--owner", "bob"), {"bobs"}),
        (("--older-than", "1h"), {"done"}),
        (("--newer-than", "1h"), {"scan", "bobs"}),
    ],
)
def test_list_knows_filters(
    universal_ai: Command, options: tuple[str, ...], found: set[str]
) -> None:
    bob = get_user_model().objects.create_user("bob")
    ocr: dict[str, Any] = {"feature": "ocr", "subfeature": "ocr_async", "provider": "amazon"}
    jobs = {
        "done": change(make_job("success"), requested_at=timezone.now() - timedelta(days=1)),
        "scan": make_job("pending", **ocr),
        "bobs": make_job("pending", owner=bob, backend="other"),
    }

    lines = universal_ai("list", *options, "--json").out.splitlines()

    assert {json.loads(line)["id"] for line in lines} == {str(jobs[name].pk) for name in found}


def test_list_says_when_there_are_more(universal_ai: Command) -> None:
    for _ in range(3):
        make_job("pending")
    said = universal_ai("list", "--limit", 2)
    assert len(said.out.splitlines()) == 2
    assert "There are more" in said.err
    assert universal_ai("list", "--limit", 3).err == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--limit", "0"), "no number from 1 on"),
        (("--feature", "ocr/"), "write ocr, or ocr/ocr_async"),
        (("--feature", "a/b/c"), "write ocr, or ocr/ocr_async"),
        (("--older-than", "3"), "write it as 30m"),
        (("--owner", "nobody"), "no user 'nobody'"),
    ],
)
def test_list_refuses_what_cannot_be(
    universal_ai: Command, options: tuple[str, ...], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        universal_ai("list", *options)


def test_resubmit_can_wait(universal_ai: Command) -> None:
    said = universal_ai("resubmit", make_job("fail").pk, "--wait", "--json")
    assert json.loads(said.out)["status"] == "success"


def test_verbs_that_change_a_job_speak_json(universal_ai: Command) -> None:
    job = make_job("uncertain")
    assert json.loads(universal_ai("give-up", job.pk, "--json").out)["status"] == "fail"
    again = json.loads(universal_ai("resubmit", job.pk, "--json").out)
    assert (again["status"], again["requested_model"]) == ("pending", AUDIO)
    assert json.loads(universal_ai("run", "--once", "--json").out)["steps"] >= 1


def test_what_cannot_be_exits_as_argparse_does(universal_ai: Command) -> None:
    with pytest.raises(CommandError) as refused:
        universal_ai("watch", "nonsense")
    assert refused.value.returncode == 2


def test_watch_finds_a_job_by_the_services_id(universal_ai: Command) -> None:
    job = make_job("success", output={"text": "hello"})

    said = universal_ai("watch", job.public_id)

    assert str(job.pk) in said.out
    assert "hello" in said.out


def test_watch_says_when_there_is_no_such_job(universal_ai: Command) -> None:
    with pytest.raises(CommandError, match="no job nonsense"):
        universal_ai("watch", "nonsense")


def test_resubmit_makes_a_child(universal_ai: Command) -> None:
    job = make_job("fail")

    said = universal_ai("resubmit", job.pk)

    assert UniversalAIJob.objects.get(pk=said.out.strip()).parent == job


def test_resubmit_asks_before_it_may_bill_twice(universal_ai: Command) -> None:
    job = make_job("uncertain", note="Nobody answered.")

    with pytest.raises(CommandError, match="both would be billed"):
        universal_ai("resubmit", job.pk)
    assert UniversalAIJob.objects.count() == 1

    universal_ai("resubmit", job.pk, "--yes")
    assert UniversalAIJob.objects.count() == 2


def test_resubmit_reports_a_model_that_cant_be(universal_ai: Command) -> None:
    with pytest.raises(CommandError, match="model: "):
        universal_ai("resubmit", make_job("fail").pk, "--model", "nonsense")


def test_adopt_takes_the_services_word(
    universal_ai: Command, remote: object, upstream: Upstream
) -> None:
    upstream.settings.update({"seconds": 0})
    sent = make_job("pending")
    universal_ai("run", "--once")
    public_id = str(fresh(sent).public_id)
    UniversalAIJob.objects.all().delete()
    job = make_job("uncertain")

    said = universal_ai("adopt", job.pk, public_id)

    assert fresh(job).status == "success"
    assert "success" in said.out
    with pytest.raises(CommandError, match="nothing to resolve"):
        universal_ai("adopt", job.pk, public_id)


def test_adopt_refuses_what_the_service_doesnt_have(
    universal_ai: Command, remote: object, upstream: Upstream
) -> None:
    job = make_job("uncertain")

    with pytest.raises(CommandError, match="404"):
        universal_ai("adopt", job.pk, "00000000-0000-4000-8000-000000000000")

    assert fresh(job).status == "uncertain"


def test_give_up_fails_an_uncertain_job_only(universal_ai: Command) -> None:
    job = make_job("uncertain")

    universal_ai("give-up", job.pk, "--reason", "The customer left.")

    assert fresh(job).error == {"type": "given_up", "message": "The customer left."}
    with pytest.raises(CommandError, match="only an uncertain job"):
        universal_ai("give-up", job.pk)


def test_run_once_says_how_much_moved(universal_ai: Command) -> None:
    job = make_job("pending")

    said = universal_ai("run", "--once")

    assert fresh(job).status == "success"
    assert said.out.strip().endswith("steps")


def test_run_goes_on_until_it_is_stopped(
    universal_ai: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = []

    def one_pass(*, here: bool) -> int:
        passes.append(here)
        if len(passes) == 3:
            signal.raise_signal(signal.SIGTERM)
        return len(passes) % 2

    monkeypatch.setattr(worker, "pass_once", one_pass)
    monkeypatch.setattr(worker, "TICK", 0.0)
    before = signal.getsignal(signal.SIGTERM)
    said = universal_ai("run")
    assert said.err == "Moving jobs; stop with Ctrl-C.\n"
    assert passes == [True] * 3
    assert signal.getsignal(signal.SIGTERM) is before


def test_token_needs_a_user(universal_ai: Command) -> None:
    with pytest.raises(CommandError, match="no user 'nobody'"):
        universal_ai("token", "--owner", "nobody")


def test_token_is_alone_on_the_last_line(universal_ai: Command) -> None:
    get_user_model().objects.create_user("ann")

    said = universal_ai("token", "--owner", "ann", "--name", "laptop")

    assert said.out.splitlines()[-1].startswith("uai_")


def test_token_in_json_is_the_only_thing_on_standard_output(universal_ai: Command) -> None:
    get_user_model().objects.create_user("ann")
    told = json.loads(universal_ai("token", "--owner", "ann", "--json").out)
    assert told["token"].startswith("uai_")
    assert (told["owner"], told["sandbox"]) == ("ann", False)


def test_token_with_limits(universal_ai: Command) -> None:
    get_user_model().objects.create_user("ann")

    universal_ai(
        *("token", "--owner", "ann", "--feature", "ocr", "--feature", "audio/tts"),
        *("--requests-per-second", 0.5, "--in-flight", 3),
        *("--credits-per-day", "1.5", "--credits-per-month", 20),
    )

    token = Token.objects.get()
    assert token.allowed_features == ["ocr", "audio/tts"]
    assert (token.requests_per_second, token.most_in_flight) == (0.5, 3)
    assert (token.credits_per_day, token.credits_per_month) == (Decimal("1.5"), Decimal(20))


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--feature", "a/b/c", "allowed_features: 'a/b/c' is no feature"),
        ("--requests-per-second", "nan", "requests_per_second: Give a number"),
        ("--credits-per-day", "-1", "credits_per_day: "),
        ("--credits-per-day", "many", "'many' is no number of credits"),
    ],
)
def test_token_with_limits_that_cannot_be(
    universal_ai: Command, option: str, value: str, words: str
) -> None:
    get_user_model().objects.create_user("ann")
    with pytest.raises(CommandError, match=words):
        universal_ai("token", "--owner", "ann", f"{option}={value}")
    assert not Token.objects.exists()


def test_token_says_which_app_is_missing(universal_ai: Command, settings: Settings) -> None:
    settings.INSTALLED_APPS = [
        app for app in settings.INSTALLED_APPS if not app.endswith("gateway")
    ]

    with pytest.raises(CommandError, match="INSTALLED_APPS"):
        universal_ai("token", "--owner", "ann")


def test_the_doctor_is_content(universal_ai: Command) -> None:
    said = universal_ai("doctor")

    assert said.code == 0
    assert "LOOK" not in said.out


def test_the_doctor_names_each_trouble(universal_ai: Command, settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": "django_universal_ai.backends.http.HTTPBackend"}
    }
    Account.objects.create(name="main", refusal="Out of credits.")
    make_job("uncertain")
    make_due(late := make_job("pending"))
    change(late, due_at=timezone.now() - timedelta(hours=1))
    ended = make_job("success")
    JobEvent.objects.create(job=ended, kind="succeeded", deliveries=8)

    said = universal_ai("doctor")

    assert said.code == 1
    troubles = [line for line in said.out.splitlines() if line.startswith("LOOK")]
    for word in ("api_key", "Out of credits", "1 uncertain", "1 given up", "Is a worker running"):
        assert any(word in line for line in troubles), word


def test_the_doctor_survives_settings_that_cant_be_read(
    universal_ai: Command, settings: Settings
) -> None:
    settings.UNIVERSAL_AI = {}

    said = universal_ai("doctor")

    assert said.code == 1
    assert "LOOK settings: settings.UNIVERSAL_AI must be" in said.out


def test_the_doctor_speaks_json(universal_ai: Command) -> None:
    make_job("uncertain")

    said = universal_ai("doctor", "--json")

    assert said.code == 1
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert {
        "mark": "look",
        "what": "jobs",
        "says": "1 uncertain",
        "way_out": "Look at them in the admin, or adopt, give-up.",
    } in lines


def test_the_doctor_says_when_the_broker_is_away(
    universal_ai: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "redis://127.0.0.1:1/0")

    said = universal_ai("doctor")

    assert said.code == 1
    assert "LOOK broker:" in said.out


def test_the_model_named_is_the_one_used(universal_ai: Command) -> None:
    said = universal_ai("resubmit", make_job("fail").pk, "--model", f"{AUDIO}/chirp")

    assert UniversalAIJob.objects.get(pk=said.out.strip()).model == "chirp"
