"""Fallbacks: the next candidate after one that failed, across backends."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from django_universal_ai import engine, jobs, outbox, waking
from django_universal_ai.jobs.falling_back import Failure
from django_universal_ai.models import EventKind, JobEvent, UniversalAIJob
from tests.remote import Configure
from tests.rows import (
    AUDIO,
    LEASE,
    URL,
    answer,
    error_of,
    events_of,
    fresh,
    in_seconds,
    leased,
    make_due,
    make_job,
)
from tests.upstream import Upstream

HTTP = "django_universal_ai.backends.http.HTTPBackend"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("actor")]

ACT = "text/act/actor"
REMOTE = "text/act/google"
PAID_FOR_NOTHING = {"status": "fail", "cost": "0.5"}
DUMMY = {"BACKEND": "django_universal_ai.backends.dummy.DummyBackend"}


@pytest.fixture(autouse=True)
def _second_service(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {**settings.UNIVERSAL_AI, "second": DUMMY}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """Jobs that workers were told of, and the queues."""
    calls: list[tuple[str, str | None]] = []

    def send(name: str, args: list[str], queue: str | None) -> bool:
        calls.append((args[0], queue))
        return True

    monkeypatch.setattr(waking, "_send", send)
    return calls


def ask(model: str, *fallbacks: str, do: str = "echo", **request: Any) -> UniversalAIJob:
    return jobs.submit(model=model, input={"do": do}, fallbacks=fallbacks, **request)


def fell_back(job: UniversalAIJob) -> list[dict[str, Any]]:
    """What the events tell of candidates that failed."""
    events = JobEvent.objects.filter(job=job, kind=EventKind.FELL_BACK).order_by("at")
    return [event.detail for event in events]


def work(*made: UniversalAIJob) -> None:
    """Let everything happen that is due."""
    for _ in range(4):
        make_due(*(job for job in map(fresh, made) if not job.is_finished))
        engine.advance(here=True)


def test_a_service_takes_the_place_of_a_provider_that_failed_here(
    configure: Configure, upstream: Upstream
) -> None:
    configure()
    upstream.settings.seconds = 0
    job = ask(ACT, "google/big", do="refuse", provider_params={"pitch": 2})
    assert (job.backend, job.route) == ("local", ["local", "default"])
    work(job)
    row = fresh(job)
    assert (row.status, row.backend, row.provider, row.model) == (
        "success", "default", "google", "big",
    )  # fmt: skip
    assert row.requested_model == ACT
    [sent] = upstream.ledger.posts()
    # The parameters were the other provider's.
    assert sent.body == {"model": "text/act/google/big", "input": {"do": "refuse"}}
    assert events_of(job) == ["submitted", "fell_back", "noticed", "succeeded"]
    [detail] = fell_back(job)
    assert detail["reason"] == "This text is in verse."
    assert (detail["provider"], detail["next"]) == ("actor", "text/act/google/big")


def test_a_provider_here_takes_the_place_of_a_service_that_failed(
    configure: Configure, upstream: Upstream
) -> None:
    configure()
    upstream.settings.seconds = 0
    job = ask(REMOTE, ACT, provider_params={"upstream": PAID_FOR_NOTHING})
    work(job)
    row = fresh(job)
    assert (row.status, row.backend, row.provider) == ("success", "local", "actor")
    assert row.public_id == str(job.pk)
    assert (row.error, row.candidate) == (None, 1)
    # What the service was paid, and what the provider says that it costs.
    assert row.cost == Decimal("0.5") + Decimal("0.0125")
    [detail] = fell_back(job)
    assert (detail["reason"], detail["cost"]) == ("The provider gave up.", "0.5")
    assert detail["public_id"] == upstream.ledger.posts()[0].public_id


def test_fallbacks_of_the_service_go_out_with_the_request_and_others_come_later(
    configure: Configure, upstream: Upstream
) -> None:
    configure()
    upstream.settings.seconds = 0
    failing = {"upstream": {"status": "fail"}}
    job = ask(REMOTE, "amazon", "text/act/actor", "openai/o1", provider_params=failing, do="refuse")
    assert job.route == ["default", "default", "local", "default"]
    work(job)
    first, second = [entry.body for entry in upstream.ledger.posts()]
    assert (first["model"], first["fallbacks"]) == (REMOTE, ["amazon"])
    assert (second["model"], "fallbacks" in second) == ("text/act/openai/o1", False)
    assert [each["next"] for each in fell_back(job)] == [ACT, "text/act/openai/o1"]
    assert (fresh(job).status, fresh(job).provider) == ("success", "openai")


def test_a_refusal_for_good_is_followed_by_the_very_next_one(
    configure: Configure, upstream: Upstream
) -> None:
    configure()
    upstream.settings.seconds = 0
    upstream.fault("answer", method="POST", status=422, body={"detail": "No."})
    job = ask(REMOTE, "amazon")
    work(job)
    assert (fresh(job).status, fresh(job).provider) == ("success", "amazon")
    # Nobody was asked yet when the request was refused: nothing was taken over.
    assert events_of(job) == ["fell_back", "submitted", "succeeded"]
    assert len(upstream.ledger.posts()) == 1


def test_an_unknown_outcome_is_followed_by_nothing(
    configure: Configure, upstream: Upstream
) -> None:
    configure()
    upstream.fault("answer", method="POST", status=503, carried_out=False)
    job = ask(REMOTE, ACT)
    work(job)
    assert (fresh(job).status, fresh(job).provider) == ("uncertain", "google")
    assert jobs.give_up(fresh(job), "a person says so")
    assert (fresh(job).status, fell_back(job)) == ("fail", [])


def test_the_last_failure_is_the_jobs_and_has_the_only_signal(
    django_capture_on_commit_callbacks: Any,
) -> None:
    job = ask(ACT, "text/act/actor/second", do="refuse")
    work(job)
    outbox.deliver_due()
    row = fresh(job)
    assert (row.status, row.model, row.requested_model) == ("fail", "second", ACT)
    assert error_of(job) == {"type": "ProviderError", "message": "This text is in verse."}
    assert events_of(job) == ["submitted", "fell_back", "noticed", "failed"]
    signals = JobEvent.objects.filter(job=job, delivered_at__isnull=False)
    assert sorted(signals.values_list("kind", flat=True)) == ["failed", "submitted"]


def test_a_worker_of_the_right_queue_is_told(
    told: list[tuple[str, str | None]], django_capture_on_commit_callbacks: Any
) -> None:
    job = make_job("processing", fallbacks=[ACT], route=["default", "local"], **_act())
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.observe(job, answer("fail", public_id=job.public_id), look_in=0)
    assert told == [(str(job.pk), "universal_ai_local")]


def test_a_fallback_that_is_not_there_any_more_is_passed_over() -> None:
    route = ["default", "local", "gone", "local"]
    job = make_job(
        "processing",
        fallbacks=["nobody", "amazon", "actor"],
        route=route,
        **_act(),
    )
    assert jobs.observe(job, answer("fail", public_id=job.public_id), look_in=0)
    row = fresh(job)
    assert (row.status, row.backend, row.provider, row.candidate) == (
        "pending", "local", "actor", 3,
    )  # fmt: skip
    reasons = [event.detail["reason"] for event in JobEvent.objects.filter(job=job, kind="noticed")]
    assert "There is no offline provider 'nobody'" in reasons[0]
    assert "There is no backend 'gone'" in reasons[1]


def test_where_nobody_is_left_the_job_fails_as_it_did() -> None:
    job = make_job("processing", fallbacks=["nobody"], route=["default", "local"], **_act())
    response = answer("fail", public_id=job.public_id)
    assert jobs.observe(job, response, look_in=0)
    assert (fresh(job).status, error_of(job)) == ("fail", response.error)
    assert events_of(job) == ["noticed", "failed"]


def test_a_provider_whose_worker_is_lost_again_and_again_has_a_fallback() -> None:
    job = make_job("processing", fallbacks=["amazon"], route=["local", "default"], **_act("local"))
    UniversalAIJob.objects.filter(pk=job.pk).update(attempts=3)
    assert jobs.begin_run(fresh(job), most_attempts=3) is None
    row = fresh(job)
    assert (row.status, row.provider, row.attempts) == ("pending", "amazon", 0)


def test_what_was_known_of_one_candidate_counts_for_no_other() -> None:
    stale = make_job("processing", fallbacks=["amazon"], route=["default", "second"])
    assert jobs.observe(stale, answer("fail", public_id=stale.public_id), look_in=0)
    assert jobs.begin_submission(stale, seconds=60) is None
    assert jobs.begin_run(stale, most_attempts=1) is None
    ticket = jobs.begin_submission(fresh(stale), seconds=60)
    assert ticket
    assert jobs.accept(fresh(stale), ticket.lease, answer(provider="amazon"), look_in=0)
    for word in ("success", "fail"):
        assert not jobs.observe(stale, answer(word, public_id=stale.public_id), look_in=0)
    assert not jobs.expire(stale, seconds=-1)
    assert fresh(stale).status == "processing"


def test_the_id_of_a_candidate_that_failed_is_never_adopted() -> None:
    job = make_job("processing", fallbacks=["amazon"], route=["default", "second"])
    failed = answer("fail", public_id=job.public_id)
    assert jobs.observe(job, failed, look_in=0)
    assert jobs.are_failed([failed.public_id, "another"]) == {failed.public_id}
    assert not jobs.adopt(make_job("uncertain"), failed, look_in=0)


def test_costs_add_up_although_a_later_one_is_told_late() -> None:
    job = make_job("processing", fallbacks=["amazon"], route=["default", "second"])
    assert jobs.observe(job, answer("fail", public_id=job.public_id), look_in=0)
    job = fresh(job)
    assert (job.spent, job.cost) == (Decimal("0.0125"), Decimal("0.0125"))
    ticket = jobs.begin_submission(job, seconds=60)
    assert ticket
    jobs.accept(job, ticket.lease, answer(cost="0.000"), look_in=0)
    job = fresh(job)
    ended = answer("success", public_id=job.public_id, cost=None)
    assert jobs.observe(job, ended, look_in=0, unasked=True)
    assert fresh(job).cost is None
    assert jobs.fill_cost(fresh(job), Decimal("0.5"))
    assert fresh(job).cost == Decimal("0.5125")


def test_a_failure_without_a_cost_costs_what_was_known_of_it() -> None:
    job = make_job(
        "processing",
        fallbacks=["amazon"],
        route=["default", "second"],
        cost=Decimal("0.75"),
        spent=Decimal("0.5"),
    )
    failed = answer("fail", public_id=job.public_id, cost=None)
    assert jobs.observe(job, failed, look_in=0)
    assert (fresh(job).spent, fresh(job).cost) == (Decimal("0.75"), Decimal("0.75"))
    assert fell_back(job)[0]["cost"] == "0.25"


def test_a_reason_that_no_database_takes_is_told_all_the_same() -> None:
    job = make_job("processing", fallbacks=["amazon"], route=["default", "second"])
    error = {"message": "bad \x00 \ud800 " + "x" * 1000}
    assert jobs.observe(job, answer("fail", public_id=job.public_id, error=error), look_in=0)
    assert fell_back(job)[0]["reason"].startswith("bad  ? xxx")


def test_a_resubmission_begins_with_the_model_that_was_asked_for() -> None:
    job = ask(ACT, "amazon", do="refuse")
    engine.run(job)
    assert fresh(job).backend == "default"
    again = fresh(job).resubmit()
    assert (again.backend, again.provider, again.candidate) == ("local", "actor", 0)
    assert again.route == ["local", "default"]


@pytest.mark.parametrize(
    ("model", "fallbacks", "request_", "field", "words"),
    [
        (ACT, ["amazon", "absent"], {}, "fallbacks.1", "needs surely_not_installed"),
        (AUDIO, ["amazon", "rapidocr"], {"input": {"file": URL}}, "fallbacks.1", "does ocr/ocr"),
        (ACT, ["a/"], {}, "fallbacks.0", "neither a provider"),
        (
            "ocr/ocr_async/amazon",
            ["rapidocr"],
            {"input": {"file": "a.png"}},
            "fallbacks.0",
            "input.file: Give an uploaded file",
        ),
    ],
)
def test_a_fallback_that_nobody_here_serves_is_refused(
    model: str, fallbacks: list[str], request_: dict[str, Any], field: str, words: str
) -> None:
    request = {"input": {"do": "echo"}, **request_}
    with pytest.raises(ValidationError) as caught:
        jobs.submit(model=model, fallbacks=fallbacks, **request)
    assert words in caught.value.message_dict[field][0]
    assert not UniversalAIJob.objects.exists()


def test_a_service_without_a_key_is_no_fallback(configure: Configure) -> None:
    configure(api_key="")
    with pytest.raises(ValidationError) as caught:
        ask(ACT, "google")
    assert "no usable api_key" in caught.value.message_dict["fallbacks.0"][0]


def test_a_fallback_stays_with_the_service_that_was_chosen(settings: Settings) -> None:
    claims = {**DUMMY, "OPTIONS": {"providers": ["special"]}}
    settings.UNIVERSAL_AI = {**settings.UNIVERSAL_AI, "claims": claims}
    job = ask(REMOTE, "amazon", "special", ACT, using="second")
    assert job.route == ["second", "second", "claims", "local"]


def test_what_a_service_tries_itself_is_nothing_that_is_left() -> None:
    assert jobs.has_fallback(make_job(fallbacks=["amazon"], route=["default", "second"]))
    assert not jobs.has_fallback(make_job(fallbacks=["amazon"], route=["default", "default"]))
    assert not jobs.has_fallback(make_job(fallbacks=["amazon"]))
    assert not jobs.has_fallback(make_job())


def _act(backend: str = "default") -> dict[str, Any]:
    return {
        "requested_model": REMOTE,
        "feature": "text",
        "subfeature": "act",
        "backend": "local" if backend == "local" else "default",
        "input": {"do": "echo"},
        "public_id": str(uuid.uuid4()),
    }


@pytest.mark.parametrize("error", [None, {"code": 1}, {"message": 5}])
def test_a_failure_without_a_reason_says_so(error: dict[str, Any] | None) -> None:
    said = answer("fail", public_id="x", provider="amazon", cost=None, error=error)
    told = Failure.told_by(make_job("processing", cost=None), said)
    assert told == Failure("It told no reason.", "x", "amazon", Decimal(0))


def test_what_was_sent_is_no_failure() -> None:
    job = leased(make_job("submitting"))
    said = answer(public_id="x")
    assert jobs.accept(job, LEASE, said, look_in=1)
    assert jobs.are_failed(["x"]) == set()


@pytest.mark.parametrize("is_told", [True, False])
def test_a_cost_that_nobody_tells_is_at_least_that_of_who_failed_before(
    is_told: bool, settings: Settings
) -> None:
    job = make_job("processing", spent=Decimal("0.5"), cost=Decimal("0.5"))
    if not is_told:
        settings.UNIVERSAL_AI = {
            "default": {"BACKEND": HTTP, "OPTIONS": {"api_key": "k", "fetch_cost": False}}
        }
    ended = answer("success", public_id=job.public_id, cost=None)
    assert jobs.observe(job, ended, look_in=0, unasked=True)
    if is_told:
        assert fresh(job).cost is None
        assert jobs.fill_cost(fresh(job), None)
    assert (fresh(job).cost, fresh(job).due_at) == (Decimal("0.5"), None)


def test_costs_that_nobody_wants_are_at_least_those_of_who_failed_before() -> None:
    rows = [
        make_job("success", cost=None, spent=spent, due_at=in_seconds(5))
        for spent in (Decimal("0.5"), 0)
    ]
    jobs.leave_costs("default")
    assert [(fresh(job).cost, fresh(job).due_at) for job in rows] == [
        (Decimal("0.5"), None),
        (None, None),
    ]


def test_a_fallback_that_cannot_be_asked_is_told_of_where_the_job_ends(settings: Settings) -> None:
    local = "django_universal_ai.backends.local.LocalBackend"
    settings.UNIVERSAL_AI = {"default": {"BACKEND": local}}
    job = leased(make_job("submitting", fallbacks=["amazon"], route=["default"] * 2))
    refused = {"type": "rejected", "message": "No such provider.", "status_code": 400}
    assert jobs.refuse(job, LEASE, refused)
    assert error_of(job) == refused
    detail = JobEvent.objects.get(job=job, kind="noticed").detail
    assert detail["what"] == "The fallback audio/speech_to_text_async/amazon was passed over."
    assert "amazon" in detail["reason"]
