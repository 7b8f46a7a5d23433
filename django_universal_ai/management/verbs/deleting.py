"""Deleting jobs at the service before their rows go: a row is all that knows their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from time import sleep
from uuid import UUID

from django.core.management.base import CommandError
from django.utils import timezone

from ... import jobs
from ...exceptions import BackendError, InvalidInput, JobConflict, RateLimited, Rejected
from ...jobs import needs
from ...jobs.falling_back import KEPT_THERE
from ...models import UniversalAIJob
from .staying import NOT_DELETED_THERE

#: Jobs of one step, at most: a request each, and whoever wants to stop waits for the last one.
REMOTE_BATCH = 50
#: Seconds between two tries while the account's limit is used up, where the service doesn't say
#: and at most, and for how many tries.
_PAUSE, _LONGEST, _TRIES = 1.0, 10.0, 120


def free_there(ids: Sequence[UUID], kept: Counter[str]) -> list[UUID]:
    """Delete at the service what nothing needs any more; gives ``ids`` but those that must stay.

    One request each, for what is still there: what ended more than eight days ago isn't, and
    what ran here never was. A job stays, and is counted in ``kept``, whose backend isn't configured
    any more, or whose deletion the service refuses. Raises ``CommandError`` where the service can't
    be asked at all; the same command goes on then.
    """
    free = needs.unneeded(UniversalAIJob.objects.filter(pk__in=ids))
    refused = {
        job.pk
        for job in free.only("backend", "public_id", "finished_at")
        if not _is_gone(job) and not _delete(job)
    }
    if refused:
        kept[NOT_DELETED_THERE] += len(refused)
    return [pk for pk in ids if pk not in refused]


def _is_gone(job: UniversalAIJob) -> bool:
    return job.finished_at is not None and job.finished_at < timezone.now() - KEPT_THERE


def _delete(job: UniversalAIJob) -> bool:
    for _ in range(_TRIES):
        try:
            jobs.delete_remote(job)
            return True
        except JobConflict:
            return True  # it was never there
        except (InvalidInput, Rejected):
            return False
        except RateLimited as error:
            sleep(min(error.retry_after or _PAUSE, _LONGEST))
        except BackendError as error:
            raise _stopped(error) from error
    raise _stopped("the account's limit is used up by others")


def _stopped(why: object) -> CommandError:
    return CommandError(
        f"The service can't be asked to delete: {why}. Nothing is lost: run the same command again."
    )
