"""Any order of moves, against a model that fits on a page.

Hypothesis makes up histories of a few jobs: sent, crashed, answered late, seen twice, adopted,
given up. After each step the rows must be what the model says, and each end must have its signal
once. The service is the model's; time passes when a history says so.
"""

from __future__ import annotations

import os
import sys
import uuid
from datetime import timedelta
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from django.db.models import F
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from django_universal_ai import jobs, outbox
from django_universal_ai.contract import JobResponse
from django_universal_ai.models import JobEvent, UniversalAIJob
from tests.rows import answer, make_job

from .model import LEASE, MOST_ROWS, OPEN, ROUTES, Model, Sending, Service

STEPS = 50
#: Steps of a batch, which is a test; its number is the seed.
BATCH = 4_000
#: ``UNIVERSAL_AI_TEST_STEPS=1000000`` asks for more.
TOTAL = int(
    os.environ.get("UNIVERSAL_AI_TEST_STEPS") or (20_000 if os.environ.get("CI") else BATCH)
)
DUMMY = {"BACKEND": "django_universal_ai.backends.dummy.DummyBackend"}

T = TypeVar("T")

#: Picks a row or a sending; see ``_pick``.
picks = st.integers(0, 11)


class Histories(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        UniversalAIJob.objects.all().delete()
        self.models: dict[uuid.UUID, Model] = {}
        self.sendings: list[Sending] = []
        self.service = Service()

    # --------------------------------------------------------------------------------- the steps

    @initialize()
    def begin(self) -> None:
        self._create()

    @precondition(lambda self: len(self.models) < MOST_ROWS)
    @rule(route=st.sampled_from(ROUTES))
    def create(self, route: list[str]) -> None:
        others = route[1:]
        self._create(
            backend=(route or ["default"])[0],
            route=route,
            fallbacks=[f"other{place}" for place, _ in enumerate(others)],
        )

    @precondition(lambda self: len(self.models) < MOST_ROWS)
    @rule(pick=picks)
    def resubmit(self, pick: int) -> None:
        """A person asks for the same again: another row; this one stays as it is."""
        self._create(parent=_job(self._row(pick, "uncertain", "fail")))

    def _create(self, **fields: Any) -> None:
        route = fields.get("route", [])
        # Neighbours at one backend are the service's own: there is one turn for them.
        turns = sum(1 for before, after in pairwise(route) if before != after)
        self.models[make_job(**fields).pk] = Model(fallbacks_left=turns)

    @rule(pick=picks)
    def claim(self, pick: int) -> None:
        """Also what a message does that comes twice, or late."""
        pk = self._row(pick, "pending")
        model = self.models[pk]
        ticket = jobs.begin_submission(_job(pk), seconds=LEASE)
        assert (ticket is not None) == (model.status == "pending")
        if ticket is not None:
            model.status, model.lease, model.lease_lives = "submitting", ticket.lease, True
            self.sendings.append(Sending(pk, ticket))

    @precondition(lambda self: self.sendings)
    @rule(pick=picks, status=st.sampled_from(["processing", "success", "fail"]))
    def post(self, pick: int, status: str) -> None:
        """The service accepts. A sender posts once."""
        sending = self._sending(pick, is_answered=False)
        if sending.said is None and not sending.is_over:
            sending.said = self.service.accept(sending.pk, status)
            self.models[sending.pk].paid += 1

    @precondition(lambda self: self.sendings)
    @rule(pick=picks)
    def store(self, pick: int) -> None:
        """The answer is stored: in time, late, or for the second time."""
        sending = self._sending(pick, is_answered=True)
        if sending.said is None:
            return
        mine = self._is_mine(sending, "submitting", "uncertain")
        jobs.accept(_job(sending.pk), sending.ticket.lease, sending.said, look_in=0)
        if mine:
            self._take_over(sending.pk, sending.said)

    @precondition(lambda self: self.sendings)
    @rule(pick=picks)
    def crash(self, pick: int) -> None:
        """The sender's process is gone, wherever it was."""
        self.sendings.remove(self._sending(pick, is_answered=bool(pick % 2)))

    @precondition(lambda self: self.sendings)
    @rule(pick=picks)
    def refused_for_now(self, pick: int) -> None:
        """Certainly not carried out: back to where it was."""
        sending = self._sending(pick, is_answered=False)
        if sending.said is not None or sending.is_over:
            return
        sending.is_over = True
        mine = self._is_mine(sending, "submitting", "uncertain")
        assert jobs.defer(_job(sending.pk), sending.ticket.lease, "429", seconds=0) == mine
        if mine:
            model = self.models[sending.pk]
            model.status, model.lease, model.lease_lives = "pending", None, False

    @precondition(lambda self: self.sendings)
    @rule(pick=picks)
    def refused_for_good(self, pick: int) -> None:
        sending = self._sending(pick, is_answered=False)
        if sending.said is not None or sending.is_over:
            return
        sending.is_over = True
        mine = self._is_mine(sending, "submitting", "uncertain")
        error = {"type": "rejected"}
        assert jobs.refuse(_job(sending.pk), sending.ticket.lease, error) == mine
        if mine:
            self._fail(sending.pk)

    @precondition(lambda self: self.sendings)
    @rule(pick=picks, is_accepted=st.booleans())
    def unanswered(self, pick: int, is_accepted: bool) -> None:
        """Carried out or not: the sender can't tell."""
        sending = self._sending(pick, is_answered=False)
        if sending.said is not None or sending.is_over:
            return
        sending.is_over = True
        model = self.models[sending.pk]
        if is_accepted:
            self.service.accept(sending.pk, "processing")
            model.paid += 1
        mine = self._is_mine(sending, "submitting")
        assert jobs.lose(_job(sending.pk), sending.ticket.lease, "no answer") == mine
        if mine:
            model.status, model.lease_lives = "uncertain", False

    @rule(seconds=st.sampled_from([1.0, 2 * LEASE]))
    def time_passes(self, seconds: float) -> None:
        past = timedelta(seconds=seconds)
        UniversalAIJob.objects.filter(lease_until__isnull=False).update(
            lease_until=F("lease_until") - past
        )
        if seconds > LEASE:
            for model in self.models.values():
                model.lease_lives = False

    @rule()
    def tick(self) -> None:
        """The engine finds senders that were lost."""
        lost = [m for m in self.models.values() if m.status == "submitting" and not m.lease_lives]
        assert jobs.reap() == len(lost)
        for model in lost:
            model.status = "uncertain"

    @precondition(lambda self: self.service.owner)
    @rule(pick=picks, status=st.sampled_from(["success", "fail"]))
    def job_ends_there(self, pick: int, status: str) -> None:
        self.service.ended.setdefault(self._there(pick), status)

    @rule(pick=picks)
    def poll(self, pick: int) -> None:
        """A look at the service, or a webhook; also one that comes again after the end."""
        pk = self._row(pick, "processing")
        model = self.models[pk]
        if model.public_id is None:
            return
        response = self.service.tell(model.public_id)
        ends = model.status == "processing" and response.is_terminal
        assert jobs.observe(_job(pk), response, look_in=0) == ends
        if ends:
            self._end_there(pk, response)

    @rule(pick=picks, status=st.sampled_from(["success", "fail"]))
    def late_word_of_a_past_candidate(self, pick: int, status: str) -> None:
        """A look that was under way when the next candidate took its place."""
        pk = self._row(pick, "processing", "uncertain", "pending")
        job = _job(pk)
        if job.candidate:
            job.candidate -= 1
            assert not jobs.observe(job, answer(status), look_in=0)
            assert jobs.begin_submission(job, seconds=LEASE) is None
            assert jobs.begin_run(job, most_attempts=1) is None

    @rule(pick=picks, status=st.sampled_from(["success", "fail"]))
    def contradict(self, pick: int, status: str) -> None:
        """A replayed message tells an ended job's end anew, perhaps another one."""
        pk = self._row(pick, "success", "fail")
        model = self.models[pk]
        if model.status in ("success", "fail") and model.public_id:
            response = answer(status, public_id=model.public_id, output={"text": "other"})
            assert not jobs.observe(_job(pk), response, look_in=0)

    @precondition(lambda self: self.service.owner)
    @rule(pick=picks)
    def webhook_with_our_token(self, pick: int) -> None:
        """The service tells whose job it is, and that is confirmed there."""
        public_id = self._there(pick)
        pk = self.service.owner[public_id]
        model = self.models[pk]
        response = self.service.tell(public_id)
        waits = model.status in ("submitting", "uncertain") and public_id not in self.service.past
        assert jobs.adopt(_job(pk), response, look_in=0) == waits
        if waits:
            self._take_over(pk, response)

    @rule(pick=picks, other=picks)
    def adopt_what_is_anothers(self, pick: int, other: int) -> None:
        pk = self._row(pick, "uncertain")
        public_id = self.models[self._row(other, "processing", "success")].public_id
        if public_id and public_id != self.models[pk].public_id:
            assert not jobs.adopt(_job(pk), self.service.tell(public_id), look_in=0)

    @rule(pick=picks)
    def give_up(self, pick: int) -> None:
        pk = self._row(pick, "submitting", "processing")
        model = self.models[pk]
        lost = model.status == "uncertain"
        assert jobs.give_up(_job(pk), "a person says so") == lost
        if lost:
            self._end(model, "fail")

    @rule(pick=picks, is_long=st.booleans())
    def missing_there(self, pick: int, is_long: bool) -> None:
        pk = self._row(pick, "processing")
        job, model = _job(pk), self.models[pk]
        ends = model.status == "processing" and is_long and job.missing_since is not None
        assert jobs.miss(job, "404", look_in=0, patience=0 if is_long else 600) == ends
        if ends:
            self._end(model, "fail")

    @rule()
    def deliver(self) -> None:
        outbox.deliver_due()

    # -------------------------------------------------------------------------------- the choices

    def _row(self, pick: int, *preferred: str) -> uuid.UUID:
        """A row, mostly one in a preferred state: what can't happen is tried, but rarely."""
        fitting = [pk for pk, model in self.models.items() if model.status in preferred]
        return _pick(pick, fitting, list(self.models))

    def _sending(self, pick: int, *, is_answered: bool) -> Sending:
        fitting = [
            each
            for each in self.sendings
            if (each.said is not None) == is_answered and not each.is_over
        ]
        return _pick(pick, fitting, self.sendings)

    def _there(self, pick: int) -> str:
        """A job at the service, mostly one whose id we don't know."""
        known = {model.public_id for model in self.models.values()}
        all_of_them = list(self.service.owner)
        return _pick(pick, [each for each in all_of_them if each not in known], all_of_them)

    def _is_mine(self, sending: Sending, *states: str) -> bool:
        model = self.models[sending.pk]
        return model.status in states and model.lease == sending.ticket.lease

    # --------------------------------------------------------------------------- what must hold

    @invariant()
    def rows_are_what_the_model_says(self) -> None:
        found = {
            job.pk: (job.status, job.public_id, job.output, job.candidate)
            for job in UniversalAIJob.objects.only("status", "public_id", "output", "candidate")
        }
        wanted = {
            pk: (m.status, m.public_id, m.output, m.candidate) for pk, m in self.models.items()
        }
        assert found == wanted
        assert not UniversalAIJob.objects.filter(status__in=OPEN, due_at=None).exists()

    @invariant()
    def every_end_has_its_signal(self) -> None:
        kinds = {pk: [0, 0] for pk in self.models}
        for pk, kind in JobEvent.objects.values_list("job", "kind"):
            kinds[pk][0] += kind == "submitted"
            kinds[pk][1] += kind in ("succeeded", "failed")
        assert kinds == {pk: [m.submitted_events, m.end_events] for pk, m in self.models.items()}

    @invariant()
    def nothing_is_paid_twice(self) -> None:
        assert all(model.paid <= 1 for model in self.models.values())

    # ----------------------------------------------------------------------------------- the model

    def _take_over(self, pk: uuid.UUID, response: JobResponse) -> None:
        model = self.models[pk]
        model.public_id = response.public_id
        model.submitted_events = 1
        model.lease, model.lease_lives = None, False
        if response.is_terminal:
            self._end_there(pk, response)
        else:
            model.status = "processing"

    def _end_there(self, pk: uuid.UUID, response: JobResponse) -> None:
        if response.status == "fail":
            self._fail(pk)
        else:
            self._end(self.models[pk], response.status, response.output)

    def _fail(self, pk: uuid.UUID) -> None:
        """The candidate failed; with the last one, the job."""
        model = self.models[pk]
        if not model.fallbacks_left:
            self._end(model, "fail")
            return
        if model.public_id:
            self.service.past.add(model.public_id)
        model.fallbacks_left -= 1
        model.candidate += 1
        model.status, model.public_id, model.paid = "pending", None, 0
        model.lease, model.lease_lives = None, False

    def _end(self, model: Model, status: str, output: Any = None) -> None:
        model.status, model.output = status, output
        model.end_events += 1
        model.lease, model.lease_lives = None, False


def _pick(pick: int, fitting: list[T], all_of_them: list[T]) -> T:
    chosen = fitting if fitting and pick % 4 else all_of_them
    return chosen[pick // 4 % len(chosen)]


def _job(pk: uuid.UUID) -> UniversalAIJob:
    return UniversalAIJob.objects.get(pk=pk)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.django_db
@pytest.mark.parametrize("number", range(-(-TOTAL // BATCH)))
def test_histories(number: int, settings: Settings) -> None:
    settings.UNIVERSAL_AI = dict.fromkeys(["default", "second"], DUMMY)
    sys.stdout.write(f"{BATCH} steps, seed {number}: the same histories on every run\n")
    run_state_machine_as_test(
        seed(number)(Histories),
        settings=hypothesis_settings(
            max_examples=BATCH // STEPS,
            stateful_step_count=STEPS,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
