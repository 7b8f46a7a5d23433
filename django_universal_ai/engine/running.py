"""Jobs that a provider does here, in this process's care."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

from django.db import Error
from django.db.models import Q
from django.db.models.functions import Now

from .. import downloads, jobs, telemetry, waking
from ..backends import BaseBackend, backends
from ..contract import JobResponse
from ..exceptions import JobConflict, OutwardError
from ..models import Status, UniversalAIFile, UniversalAIJob
from .fetching import fetch_missing

logger = logging.getLogger("django_universal_ai")

#: Messages that one round sends for jobs whose own message seems to be lost.
NUDGES = 8
#: Seconds until a job whose worker was told is told of again.
NUDGE_PAUSE = 15.0
#: Seconds that a file of a result lives, where the backend doesn't say.
FILES_LIVE = 7 * 86400.0
#: After so many nudges that nobody heard, the engine does the job itself.
PATIENCE = 2


class LeaseLost(JobConflict):
    """The run took too long to say that it lives; the job was given to another."""


def run(job: UniversalAIJob) -> bool:
    """Do the job here and now, unless it ended or another has it.

    Says whether it ended: with it, or with its turn here where a fallback is next.
    """
    backend = backends[job.backend]
    lease = jobs.begin_run(job, most_attempts=int(backend.options.get("max_attempts", 3)))
    if lease is None:
        return False

    def report(progress: float | None) -> None:
        if not jobs.renew(job, lease, progress):
            raise LeaseLost(f"The run of job {job.pk} isn't ours any more.")

    kept: dict[str, UniversalAIFile] = {}

    def keep(path: Path) -> str:
        lifetime = float(backend.options.get("files_live", FILES_LIVE))
        file = downloads.store(path, owner=job.owner, seconds=lifetime)
        link = downloads.link_to(file, backend.options.get("public_url"))
        kept[link] = file
        return link

    response, has_ended = None, False
    try:
        with telemetry.span("run", job):
            response = _run(backend, job, report, keep)
        if response is not None:
            has_ended = bool(jobs.finish_run(job, lease, response))
    finally:
        if not (has_ended and response and response.status == Status.SUCCESS):
            _discard(job, kept)
    return has_ended


def _discard(job: UniversalAIJob, kept: Mapping[str, UniversalAIFile]) -> None:
    """Remove the files of a run that no result names, by their links.

    The row is asked: its end may be there although the answer to the COMMIT got lost. Where it
    can't be asked they stay, and expire.
    """
    if not kept:
        return
    with suppress(Error):
        ended = UniversalAIJob.objects.filter(pk=job.pk, status=Status.SUCCESS)
        output = json.dumps(ended.values_list("output", flat=True).first(), ensure_ascii=False)
        jobs.discard(file for link, file in kept.items() if link not in output)


def _run(
    backend: BaseBackend,
    job: UniversalAIJob,
    report: Callable[[float | None], None],
    keep: Callable[[Path], str],
) -> JobResponse | None:
    """How it ended; ``None`` where another has it now."""
    try:
        fetch_missing(job, lambda: report(None))
        with ExitStack() as stack:
            files = {
                link.field: stack.enter_context(link.file.local_path())
                for link in job.job_files.select_related("file")
            }
            response = backend.run(job.request, files, report, keep)
    except LeaseLost as error:
        logger.warning("%s", error)
        return None
    except Error:
        raise  # our database's trouble, not the job's: its lease ends, and it is run again
    except OutwardError as error:
        return _ended(job, {"type": "file", "message": str(error)})
    except Exception as error:
        logger.exception("job %s: its provider broke", job.pk)
        # It isn't the input's fault; the job must end all the same.
        return _ended(job, {"type": type(error).__name__, "message": str(error)[:500]})
    return response.model_copy(update={"public_id": str(job.pk), "created_at": None})


def _ended(job: UniversalAIJob, error: dict[str, str]) -> JobResponse:
    """A failure before or beside the provider's own."""
    return JobResponse(
        public_id=str(job.pk),
        status=Status.FAIL,
        cost=None,
        provider=job.provider,
        feature=job.feature,
        subfeature=job.subfeature,
        model=job.model,
        error=error,
    )


def run_due(backend: BaseBackend, *, here: bool) -> int:
    """See that due jobs are run: by waking workers, or ``here``. Returns how many ended."""
    mine = UniversalAIJob.objects.filter(backend=backend.alias)
    waiting = Q(status__in=(Status.PENDING, Status.PROCESSING))
    due = mine.due().filter(waiting).order_by("-priority", "requested_at")
    if here:
        return sum(run(job) for job in due[:1])
    chosen = list(due[:NUDGES])
    if not chosen:
        return 0
    at_work = mine.processing().filter(lease_until__gt=Now()).exists()
    if not at_work and chosen[0].polls >= PATIENCE:
        return int(run(chosen[0]))
    for job in chosen:
        jobs.put_off(job, look_in=NUDGE_PAUSE)
        waking.submit(job.pk, backend.queue)
    return 0
