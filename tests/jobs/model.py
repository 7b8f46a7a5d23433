"""The model that the histories of jobs are checked against, and the senders and service in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django_universal_ai import jobs
from django_universal_ai.contract import JobResponse
from tests.rows import answer

LEASE = 60.0
MOST_ROWS = 5
#: Backends of the candidates; turns between them are ours.
ROUTES: list[list[str]] = [[], ["default", "second"], ["default", "second", "default"]]
OPEN = ("pending", "submitting", "uncertain", "processing")


@dataclass
class Model:
    """What a job should be."""

    status: str = "pending"
    #: How many fallbacks are left, and at which candidate it is.
    fallbacks_left: int = 0
    candidate: int = 0
    #: Number of the lease that may change it; none holds it where it has ended.
    lease: uuid.UUID | None = None
    lease_lives: bool = False
    public_id: str | None = None
    #: Accepted POSTs for the candidate whose turn it is, as the service counts them.
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
    #: Those under which a candidate failed, and the job went on with the next one.
    past: set[str] = field(default_factory=set)
    ended: dict[str, str] = field(default_factory=dict)

    def accept(self, pk: uuid.UUID, status: str) -> JobResponse:
        response = answer(status)
        self.owner[response.public_id] = pk
        if status != "processing":
            self.ended[response.public_id] = status
        return response

    def tell(self, public_id: str) -> JobResponse:
        return answer(self.ended.get(public_id, "processing"), public_id=public_id)
