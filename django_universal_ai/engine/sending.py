"""Handing jobs over to a remote service: their files first, then the one POST that is paid."""

from __future__ import annotations

import logging
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.utils import timezone

from .. import jobs, limits, telemetry
from ..backends import BaseBackend, backends
from ..contract import FileInfo, JobRequest
from ..exceptions import (
    AccountRefused,
    BackendError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    TurnMissed,
)
from ..models import JobFile, Status, UniversalAIFile, UniversalAIJob
from ..models.database import retrying
from . import cadence, durations
from .callback import backed_up, callback
from .flight import fly
from .sources import Landing, TableSource, chunk_size

logger = logging.getLogger("django_universal_ai")

#: Seconds for which jobs are ours before they are sent; should this process be killed, others send
#: them then.
CLAIM = 30.0
#: Seconds beyond the backend's own time-outs after which nobody answers for a request any more.
#: Short is safe: an answer that comes still later is taken all the same.
LEASE_MARGIN = 10.0
#: Seconds that a job is ours while its files go up; said again while they do.
HOLD = 30.0
#: An upload is used while it lives at least this much longer.
UPLOAD_MARGIN = timedelta(hours=1)


@dataclass(slots=True, eq=False)
class Parcel:
    """A job on its way, and who may change it."""

    job: UniversalAIJob
    files: list[JobFile]
    #: Those of its files that aren't up yet.
    uploads: deque[JobFile]
    lease: uuid.UUID | None = None
    #: The POST is under way or behind us: from here on its outcome decides.
    is_posted: bool = False


def send(job: UniversalAIJob) -> bool:
    """Send one job now, if it still waits. Says whether it moved."""
    if job.status != Status.PENDING:
        return False  # a message that came twice mustn't cost the account a turn
    backend = backends[job.backend]
    return bool(fly(backend, [Sender(backend, [job])], time.monotonic() + CLAIM, waits=False))


class Sender(TableSource[Parcel, Parcel]):
    """Jobs of one backend that wait to be sent: those given, or what is due in the table."""

    is_paid = True

    def __init__(
        self, backend: BaseBackend, chosen: Sequence[UniversalAIJob] | None = None
    ) -> None:
        durations.refresh(backend.alias)
        self.backend = backend
        self._refills = chosen is None
        super().__init__(self._parcels(chosen or ()))
        #: Files on their way up, and the parcels that wait for each.
        self._going_up: dict[uuid.UUID, list[Parcel]] = {}
        #: Leases of the jobs whose files are on their way.
        self._held: set[uuid.UUID] = set()

    def _wants_more(self) -> bool:
        return self._refills and super()._wants_more()

    def _refill(self) -> bool:
        pending = UniversalAIJob.objects.pending().due().filter(backend=self.backend.alias)
        if not pending.exists():
            return False
        size = chunk_size(self.backend)
        claimed = pending.order_by("-priority", "requested_at").claim(size, seconds=CLAIM)
        self._waiting.extend(self._parcels(claimed))
        return len(claimed) == size

    def close(self) -> None:
        for parcel in self._waiting:  # files are up, but there was no time for the POST
            if parcel.lease is not None:
                jobs.defer(parcel.job, parcel.lease, "", seconds=0)
        if self._refills:
            jobs.set_aside((parcel.job.pk for parcel in self._waiting), seconds=0)

    def tend(self) -> None:
        jobs.keep(self._held, seconds=self._hold_seconds())
        behind = (parcel for parcels in self._going_up.values() for parcel in parcels)
        jobs.set_aside((parcel.job.pk for parcel in (*self._waiting, *behind)), seconds=CLAIM)

    def _parcels(self, chosen: Sequence[UniversalAIJob]) -> list[Parcel]:
        """The jobs with their files.

        All that is read is read now: a query that fails between the claim and the POST would leave
        a job uncertain that was never sent. Not by ``prefetch_related`` of the jobs: it makes a
        queryset for each of them, and most have no file.
        """
        links: dict[uuid.UUID, list[JobFile]] = defaultdict(list)
        if chosen and self.backend.can_upload:
            # Jobs with the same file have the same object: who brings it up does it for all.
            for link in JobFile.objects.filter(job__in=chosen).prefetch_related("file"):
                links[link.job_id].append(link)
        return [Parcel(job, links[job.pk], self._missing(links[job.pk])) for job in chosen]

    def next(self) -> tuple[Parcel, Callable[[], Any]] | None:
        """The next call of a parcel, its row changed for it."""
        parcel = self._waiting.popleft()
        while parcel.uploads and self._remote_id(parcel.uploads[0].file):
            parcel.uploads.popleft()  # another job of this batch brought the same file up
        call = self._begin_upload(parcel) if parcel.uploads else self._begin_post(parcel)
        return call and (parcel, call)

    def _missing(self, links: Sequence[JobFile]) -> deque[JobFile]:
        return deque(link for link in links if not self._remote_id(link.file))

    def _remote_id(self, file: UniversalAIFile) -> str:
        """The id of a living upload to this account, or nothing."""
        lives = file.remote_until and file.remote_until > timezone.now() + UPLOAD_MARGIN
        return file.remote_id if lives and file.remote_account == self.backend.account else ""

    def _begin_post(self, parcel: Parcel) -> Callable[[], Any] | None:
        ticket = jobs.begin_submission(
            parcel.job, seconds=self._post_seconds(parcel.job), held=parcel.lease
        )
        if ticket is None:
            return None
        self._held.discard(parcel.lease or ticket.lease)
        parcel.lease, parcel.is_posted = ticket.lease, True
        call = partial(self.backend.submit, self._request(parcel, ticket.token))
        return telemetry.within("send", parcel.job, call)

    def _begin_upload(self, parcel: Parcel) -> Callable[[], Any] | None:
        file = parcel.uploads[0].file
        if file.pk in self._going_up:
            self._going_up[file.pk].append(parcel)
            return None
        if parcel.lease is None:
            parcel.lease = jobs.hold(parcel.job, seconds=self._hold_seconds())
        if parcel.lease is None:
            return None
        self._held.add(parcel.lease)
        self._going_up[file.pk] = []
        return telemetry.within("upload", parcel.job, partial(self._upload, file))

    def _hold_seconds(self) -> float:
        # With one request at a time it is made in this thread, and nobody can renew the lease.
        return HOLD if self.backend.concurrency > 1 else self._seconds("upload_timeout")

    def _post_seconds(self, job: UniversalAIJob) -> float:
        return self.backend.submit_timeout(job.model_id) + LEASE_MARGIN

    def _seconds(self, option: str) -> float:
        return float(self.backend.options.get(option, 60.0)) + LEASE_MARGIN

    def _request(self, parcel: Parcel, token: str) -> JobRequest:
        """What goes over the wire; the row keeps what the host asked for.

        Fallbacks that the service can try itself are in it.
        """
        request = parcel.job.request
        changes = callback(self.backend, request, token)
        if parcel.files:
            ids = {link.field: self._remote_id(link.file) for link in parcel.files}
            changes["input"] = {**request.input, **ids}
        return request.model_copy(update=changes)

    def _upload(self, file: UniversalAIFile) -> FileInfo:
        with file.open() as content:
            return self.backend.upload(
                content, name=file.name, content_type=file.content_type, purpose=file.purpose
            )

    def land(self, landings: Sequence[Landing[Parcel]]) -> int:
        """What became of the request decides what becomes of the job."""
        steps: list[jobs.Step] = []
        for landing in landings:
            parcel = landing.item
            if not parcel.is_posted:
                self._waiting.extend(self._going_up.pop(parcel.uploads[0].file.pk))
            if step := self._step(parcel, landing):
                steps.append(step)
        return sum(jobs.together(steps))

    def _step(self, parcel: Parcel, landing: Landing[Parcel]) -> jobs.Step | None:
        lease = cast(uuid.UUID, parcel.lease)  # it has left with one
        try:
            with limits.minded(self.backend, landing.turn):
                answer = landing.result()
        except TurnMissed:
            parcel.lease, parcel.is_posted = None, False
            self._waiting.append(parcel)
            return partial(_defer, parcel.job, lease, "", 0)
        except Exception as error:  # whatever happened, the row must say so
            return self._fallen(parcel.job, lease, parcel.is_posted, error)
        if parcel.is_posted:
            pause = cadence.first_look(cadence.kind_of(parcel.job))
            look_in = backed_up(self.backend, parcel.job, pause)
            return partial(jobs.accept, parcel.job, lease, answer, look_in=look_in)
        self._keep_upload(parcel.uploads.popleft().file, answer)
        self._waiting.appendleft(parcel)
        return None

    @retrying  # answers to paid requests may have landed together with it
    def _keep_upload(self, file: UniversalAIFile, info: FileInfo) -> None:
        file.remote_account, file.remote_id = self.backend.account, info.file_id
        file.remote_until = info.expires_at or timezone.now() + timedelta(days=1)
        file.save(update_fields=["remote_account", "remote_id", "remote_until"])

    def _fallen(
        self, job: UniversalAIJob, lease: uuid.UUID, is_posted: bool, error: Exception
    ) -> jobs.Step:
        reason = str(error) or type(error).__name__
        if isinstance(error, AccountRefused | RateLimited):
            # The gate is closed for the whole account: it isn't this job's fault.
            pause = error.retry_after or limits.DEFAULT_PAUSE
            return partial(_defer, job, lease, reason, pause)
        retry = partial(_defer, job, lease, reason, cadence.retry_pause(job.attempts))
        if isinstance(error, NotSent) or (isinstance(error, OutcomeUnknown) and not is_posted):
            return retry
        if isinstance(error, BackendError) and not isinstance(error, OutcomeUnknown):
            why = {"type": "rejected", "message": reason, "status_code": error.status_code}
            return partial(jobs.refuse, job, lease, why)
        if isinstance(error, FileNotFoundError) and not is_posted:
            return partial(jobs.abandon, job, lease, {"type": "file", "message": reason})
        if not is_posted:  # the storage, for one, may be well again soon
            return retry
        if not isinstance(error, BackendError):
            logger.error("job %s: the backend broke while sending", job.pk, exc_info=error)
        return partial(jobs.lose, job, lease, reason)


def _defer(job: UniversalAIJob, lease: uuid.UUID, reason: str, seconds: float) -> bool:
    jobs.defer(job, lease, reason, seconds=seconds)
    return False  # it is where it was
