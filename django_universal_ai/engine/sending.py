"""Handing jobs over to a remote service: their files first, then the one POST that is paid."""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.db.models import prefetch_related_objects
from django.utils import timezone

from .. import jobs, limits
from ..backends import BaseBackend, backends
from ..contract import FileInfo, JobRequest, JobResponse
from ..exceptions import AccountRefused, BackendError, NotSent, OutcomeUnknown, RateLimited
from ..models import JobFile, Status, UniversalAIFile, UniversalAIJob
from . import cadence
from .callback import callback
from .flight import fly

logger = logging.getLogger("django_universal_ai")

#: Jobs that are taken from the table at once.
BATCH = 100
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
    uploads: deque[JobFile]
    lease: uuid.UUID | None = None
    #: The POST is under way or behind us: from here on its outcome decides.
    is_posted: bool = False


def send_due(backend: BaseBackend, stop_at: float) -> int:
    """Send what is due, highest priority and oldest first. Returns how many rows moved."""
    due = UniversalAIJob.objects.pending().due().filter(backend=backend.alias)
    ordered = due.order_by("-priority", "requested_at").prefetch_related("job_files__file")
    waiting = list(ordered[:BATCH])
    return Sender(backend, stop_at).send(waiting) if waiting else 0


def send(job: UniversalAIJob) -> bool:
    """Send one job now, if it still waits. Says whether it moved."""
    if job.status != Status.PENDING:
        return False  # a message that came twice mustn't cost the account a turn
    # All that is read is read now: a query that fails between the claim and the POST would leave
    # a job uncertain that was never sent.
    prefetch_related_objects([job], "job_files__file")
    return bool(Sender(backends[job.backend], time.monotonic() + 1).send([job]))


@dataclass(slots=True)
class Sender:
    """Sends jobs of one backend, as fast as its account allows, until ``stop_at``."""

    backend: BaseBackend
    stop_at: float
    #: Files on their way up, and the parcels that wait for each.
    going_up: dict[uuid.UUID, list[Parcel]] = field(default_factory=dict)
    #: Leases of the jobs whose files are on their way.
    held: set[uuid.UUID] = field(default_factory=set)

    def send(self, chosen: list[UniversalAIJob]) -> int:
        """Send them; what there is no time or no leave for stays as it is."""
        waiting = deque(Parcel(job, self._missing_uploads(job)) for job in chosen)
        moved = fly(
            self.backend,
            waiting,
            self.stop_at,
            prepare=self._prepare,
            land=partial(self._land, waiting),
            tend=self._renew,
        )
        for parcel in waiting:  # files are up, but there was no time for the POST
            if parcel.lease is not None:
                jobs.defer(parcel.job, parcel.lease, "", seconds=0)
        return moved

    def _missing_uploads(self, job: UniversalAIJob) -> deque[JobFile]:
        if not self.backend.can_upload:
            return deque()
        return deque(link for link in job.job_files.all() if not self._remote_id(link.file))

    def _remote_id(self, file: UniversalAIFile) -> str:
        """The id of a living upload to this account, or nothing."""
        lives = file.remote_until and file.remote_until > timezone.now() + UPLOAD_MARGIN
        return file.remote_id if lives and file.remote_account == self.backend.account else ""

    def _prepare(self, parcel: Parcel) -> Any:
        """The next call of a parcel, its row changed for it. ``None`` where it isn't ours."""
        job = parcel.job
        while parcel.uploads and self._remote_id(parcel.uploads[0].file):
            parcel.uploads.popleft()  # another job of this batch brought the same file up
        if parcel.uploads:
            return self._prepare_upload(parcel, parcel.uploads[0].file)
        ticket = jobs.begin_submission(
            job, seconds=self._seconds("total_timeout"), held=parcel.lease
        )
        if ticket is None:
            return None
        self.held.discard(parcel.lease)
        parcel.lease, parcel.is_posted = ticket.lease, True
        return partial(self.backend.submit, self._request(job, ticket.token))

    def _prepare_upload(self, parcel: Parcel, file: UniversalAIFile) -> Any:
        if file.pk in self.going_up:
            self.going_up[file.pk].append(parcel)
            return None
        if parcel.lease is None:
            parcel.lease = jobs.hold(parcel.job, seconds=self._hold_seconds())
        if parcel.lease is None:
            return None
        self.held.add(parcel.lease)
        self.going_up[file.pk] = []
        return partial(self._upload, file)

    def _hold_seconds(self) -> float:
        # With one request at a time it is made in this thread, and nobody can renew the lease.
        return HOLD if self.backend.concurrency > 1 else self._seconds("upload_timeout")

    def _renew(self) -> None:
        jobs.keep(self.held, seconds=self._hold_seconds())

    def _seconds(self, option: str) -> float:
        return float(self.backend.options.get(option, 60.0)) + LEASE_MARGIN

    def _request(self, job: UniversalAIJob, token: str) -> JobRequest:
        """What goes over the wire; the row keeps what the host asked for."""
        request = job.request
        changes = callback(self.backend, request, token)
        if self.backend.can_upload:
            ids = {link.field: self._remote_id(link.file) for link in job.job_files.all()}
            changes["input"] = {**request.input, **ids}
        return request.model_copy(update=changes)

    def _upload(self, file: UniversalAIFile) -> FileInfo:
        with file.open() as content:
            return self.backend.upload(
                content, name=file.name, content_type=file.content_type, purpose=file.purpose
            )

    def _land(
        self, waiting: deque[Parcel], parcel: Parcel, turn: limits.Turn, outcome: Future[Any]
    ) -> bool:
        """What became of the request decides what becomes of the job."""
        lease = cast(uuid.UUID, parcel.lease)  # _prepare saw to it
        if not parcel.is_posted:
            waiting.extend(self.going_up.pop(parcel.uploads[0].file.pk))
        try:
            with limits.minded(self.backend, turn):
                answer = outcome.result()
        except Exception as error:  # whatever happened, the row must say so
            return self._fall(parcel.job, lease, parcel.is_posted, error)
        if parcel.is_posted:
            return self._accept(parcel.job, lease, answer)
        self._keep_upload(parcel.uploads.popleft().file, answer)
        waiting.appendleft(parcel)
        return False

    def _accept(self, job: UniversalAIJob, lease: uuid.UUID, response: JobResponse) -> bool:
        return jobs.accept(job, lease, response, look_in=self.backend.first_look)

    def _keep_upload(self, file: UniversalAIFile, info: FileInfo) -> None:
        file.remote_account, file.remote_id = self.backend.account, info.file_id
        file.remote_until = info.expires_at or timezone.now() + timedelta(days=1)
        file.save(update_fields=["remote_account", "remote_id", "remote_until"])

    def _fall(
        self, job: UniversalAIJob, lease: uuid.UUID, is_posted: bool, error: Exception
    ) -> bool:
        reason = str(error) or type(error).__name__
        if isinstance(error, AccountRefused | RateLimited):
            # The gate is closed for the whole account: it isn't this job's fault.
            jobs.defer(job, lease, reason, seconds=error.retry_after or limits.DEFAULT_PAUSE)
            return False
        if isinstance(error, NotSent) or (isinstance(error, OutcomeUnknown) and not is_posted):
            jobs.defer(job, lease, reason, seconds=cadence.retry_pause(job.attempts))
            return False
        if isinstance(error, BackendError) and not isinstance(error, OutcomeUnknown):
            code = error.status_code
            return jobs.refuse(
                job, lease, {"type": "rejected", "message": reason, "status_code": code}
            )
        if isinstance(error, FileNotFoundError):
            return jobs.refuse(job, lease, {"type": "file", "message": reason})
        if not is_posted:  # the storage, for one, may be well again soon
            jobs.defer(job, lease, reason, seconds=cadence.retry_pause(job.attempts))
            return False
        if not isinstance(error, BackendError):
            logger.error("job %s: the backend broke while sending", job.pk, exc_info=error)
        return jobs.lose(job, lease, reason)
