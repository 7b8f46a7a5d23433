"""Any order of moves, against a model that fits on a page.

Hypothesis makes up histories of a few jobs: sent, crashed, answered late, seen twice, adopted,
given up. After each step the rows must be what the model says, and each end must have its signal
once. The service is the model's; time passes when a history says so.
"""

from __future__ import annotations

import os
import sys
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from django_universal_ai import jobs, outbox
from django_universal_ai.contract import JobResponse
from django_universal_ai.models import JobEvent, UniversalAIJob
from tests.rows import answer, make_job

STEPS = 50
#: Steps of all histories together.
TOTAL = 20_000 if os.environ.get("CI") else 4_000

LEASE = 60.0
OPEN = ("pending", "submitting", "uncertain", "processing")


@dataclass
class Model:
    """What a job should be."""

    status: str = "pending"
    #: Number of the lease that may change it; none holds it where it has ended.
    lease: uuid.UUID | None = None
    lease_lives: bool = False
    public_id: str | None = None
    #: Accepted POSTs, as the service counts them.
    paid: int = 0
    output: Any = None
    submitted_events: int = 0
    end_events: int = 0


@dataclass
class Sending:
    """A worker between its claim and its store: it may crash, or wake up much later."""

    pk: uuid.UUID
    ticket: jobs.Ticket
    #: What the service answered; ``None`` before the POST.
    said: JobResponse | None = None
    #: It got no answer, or a refusal: that was its one POST.
    is_over: bool = False


@dataclass
class Service:
    """Jobs that were accepted, by id: whose they are, and how they ended."""

    owner: dict[str, uuid.UUID] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)

    def accept(self, pk: uuid.UUID, status: str) -> JobResponse:
        response = answer(status)
        self.owner[response.public_id] = pk
        if status != "processing":
            self.ended[response.public_id] = status
        return response

    def tell(self, public_id: str) -> JobResponse:
        return answer(self.ended.get(public_id, "processing"), public_id=public_id)


class Histories(RuleBasedStateMachine):
    rows = Bundle("rows")
    sendings = Bundle("sendings")

    def __init__(self) -> None:
        super().__init__()
        UniversalAIJob.objects.all().delete()
        self.models: dict[uuid.UUID, Model] = {}
        self.service = Service()

    # --------------------------------------------------------------------------------- the steps

    @initialize(target=rows, count=st.integers(1, 3))
    def begin(self, count: int) -> Any:
        return multiple(*(self._create() for _ in range(count)))

    @rule(target=rows)
    def create(self) -> uuid.UUID:
        return self._create()

    def _create(self, **fields: Any) -> uuid.UUID:
        pk: uuid.UUID = make_job(**fields).pk
        self.models[pk] = Model()
        return pk

    @rule(target=rows, pk=rows)
    def resubmit(self, pk: uuid.UUID) -> uuid.UUID:
        """A person asks for the same again: another row; this one stays as it is."""
        return self._create(parent=UniversalAIJob(pk=pk))

    @rule(target=sendings, pk=rows)
    def claim(self, pk: uuid.UUID) -> Any:
        """Also what a message does that comes twice, or late."""
        model = self.models[pk]
        free = model.status == "pending" and not model.lease_lives
        ticket = jobs.begin_submission(_job(pk), seconds=LEASE)
        assert (ticket is not None) == free
        if ticket is None:
            return multiple()
        model.status, model.lease, model.lease_lives = "submitting", ticket.lease, True
        return Sending(pk, ticket)

    @rule(sending=sendings, status=st.sampled_from(["processing", "success", "fail"]))
    def post(self, sending: Sending, status: str) -> None:
        """The service accepts. A sender posts once."""
        if sending.said is None and not sending.is_over:
            sending.said = self.service.accept(sending.pk, status)
            self.models[sending.pk].paid += 1

    @rule(sending=sendings)
    def store(self, sending: Sending) -> None:
        """The answer is stored: in time, late, or for the second time."""
        if sending.said is None:
            return
        model = self.models[sending.pk]
        mine = model.status in ("submitting", "uncertain") and model.lease == sending.ticket.lease
        jobs.accept(_job(sending.pk), sending.ticket.lease, sending.said, look_in=0)
        if mine:
            self._take_over(model, sending.said)

    @rule(sending=consumes(sendings))
    def crash(self, sending: Sending) -> None:
        """The sender's process is gone, wherever it was."""

    @rule(sending=sendings)
    def refused_for_now(self, sending: Sending) -> None:
        """Certainly not carried out: back to where it was."""
        if sending.said is None and not sending.is_over:
            sending.is_over = True
            model = self.models[sending.pk]
            mine = model.status in ("submitting", "uncertain")
            mine = mine and model.lease == sending.ticket.lease
            assert jobs.defer(_job(sending.pk), sending.ticket.lease, "429", seconds=0) == mine
            if mine:
                model.status, model.lease, model.lease_lives = "pending", None, False

    @rule(sending=sendings)
    def refused_for_good(self, sending: Sending) -> None:
        if sending.said is None and not sending.is_over:
            sending.is_over = True
            model = self.models[sending.pk]
            mine = model.status in ("submitting", "uncertain")
            mine = mine and model.lease == sending.ticket.lease
            error = {"type": "rejected"}
            assert jobs.refuse(_job(sending.pk), sending.ticket.lease, error) == mine
            if mine:
                self._end(model, "fail")

    @rule(sending=sendings, is_accepted=st.booleans())
    def unanswered(self, sending: Sending, is_accepted: bool) -> None:
        """Carried out or not: the sender can't tell."""
        if sending.said is not None or sending.is_over:
            return
        sending.is_over = True
        model = self.models[sending.pk]
        if is_accepted:
            self.service.accept(sending.pk, "processing")
            model.paid += 1
        mine = model.status == "submitting" and model.lease == sending.ticket.lease
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
    @rule(data=st.data(), status=st.sampled_from(["success", "fail"]))
    def job_ends_there(self, data: st.DataObject, status: str) -> None:
        public_id = data.draw(st.sampled_from(sorted(self.service.owner)))
        self.service.ended.setdefault(public_id, status)

    @rule(pk=rows)
    def poll(self, pk: uuid.UUID) -> None:
        """A look at the service, or a webhook; also one that comes again after the end."""
        model = self.models[pk]
        if model.public_id is None:
            return
        response = self.service.tell(model.public_id)
        ends = model.status == "processing" and response.is_terminal
        assert jobs.observe(_job(pk), response, look_in=0) == ends
        if ends:
            self._end(model, response.status, response.output)

    @rule(pk=rows, status=st.sampled_from(["success", "fail"]))
    def contradict(self, pk: uuid.UUID, status: str) -> None:
        """A replayed message tells an ended job's end anew, perhaps another one."""
        model = self.models[pk]
        if model.status in ("success", "fail") and model.public_id:
            response = answer(status, public_id=model.public_id, output={"text": "other"})
            assert not jobs.observe(_job(pk), response, look_in=0)

    @precondition(lambda self: self.service.owner)
    @rule(data=st.data())
    def webhook_with_our_token(self, data: st.DataObject) -> None:
        """The service tells whose job it is, and that is confirmed there."""
        public_id = data.draw(st.sampled_from(sorted(self.service.owner)))
        pk = self.service.owner[public_id]
        model = self.models[pk]
        response = self.service.tell(public_id)
        waits = model.status in ("submitting", "uncertain")
        assert jobs.adopt(_job(pk), response, look_in=0) == (waits and self._is_free(public_id))
        if waits and self._is_free(public_id):
            self._take_over(model, response)

    @rule(pk=rows, other=rows)
    def adopt_what_is_anothers(self, pk: uuid.UUID, other: uuid.UUID) -> None:
        public_id = self.models[other].public_id
        if public_id and pk != other:
            assert not jobs.adopt(_job(pk), self.service.tell(public_id), look_in=0)

    @rule(pk=rows)
    def give_up(self, pk: uuid.UUID) -> None:
        model = self.models[pk]
        lost = model.status == "uncertain"
        assert jobs.give_up(_job(pk), "a person says so") == lost
        if lost:
            self._end(model, "fail")

    @rule(pk=rows, is_long=st.booleans())
    def missing_there(self, pk: uuid.UUID, is_long: bool) -> None:
        model = self.models[pk]
        job = _job(pk)
        ends = model.status == "processing" and is_long and job.missing_since is not None
        assert jobs.miss(job, "404", look_in=0, patience=0 if is_long else 600) == ends
        if ends:
            self._end(model, "fail")

    @rule()
    def deliver(self) -> None:
        outbox.deliver_due()

    # --------------------------------------------------------------------------- what must hold

    @invariant()
    def rows_are_what_the_model_says(self) -> None:
        found = {
            job.pk: (job.status, job.public_id, job.output)
            for job in UniversalAIJob.objects.only("status", "public_id", "output", "due_at")
        }
        wanted = {pk: (m.status, m.public_id, m.output) for pk, m in self.models.items()}
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

    def _is_free(self, public_id: str) -> bool:
        return all(model.public_id != public_id for model in self.models.values())

    def _take_over(self, model: Model, response: JobResponse) -> None:
        model.public_id = response.public_id
        model.submitted_events += 1
        model.lease, model.lease_lives = None, False
        if response.is_terminal:
            self._end(model, response.status, response.output)
        else:
            model.status = "processing"

    def _end(self, model: Model, status: str, output: Any = None) -> None:
        model.status, model.output = status, output
        model.end_events += 1
        model.lease, model.lease_lives = None, False


def _job(pk: uuid.UUID) -> UniversalAIJob:
    return UniversalAIJob.objects.get(pk=pk)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.django_db
def test_histories() -> None:
    sys.stdout.write(f"{TOTAL} steps, derandomized: the same histories on every run\n")
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=TOTAL // STEPS,
            stateful_step_count=STEPS,
            derandomize=True,
            deadline=None,
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
