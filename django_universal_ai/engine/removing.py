"""Files that go: those that have expired, those that were deleted, and halves of a broken write."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from django.db import IntegrityError
from django.db.models import ProtectedError
from django.utils import timezone

from ..models import JobFile, UniversalAIFile, UniversalAIJob
from ..models.database import NOW, atomic, claim, from_now

logger = logging.getLogger("django_universal_ai")

#: Seconds between two looks of one process for files whose time has come.
EVERY = 60.0
#: Files that one look removes, at most; where there are more, the next round goes on.
MOST = 100
#: Seconds for which files are one process's to remove. Should it be killed, others do it then.
CLAIM = 600.0
#: Seconds until content is tried again that a job still needs, or that can't be removed.
LATER = 600.0

_look_at = 0.0


def remove_due() -> int:
    """Remove the files whose time has come, once a minute. Returns how many are gone.

    Any number of processes may do so at once: each claims the rows that it removes.
    """
    global _look_at
    if time.monotonic() < _look_at:
        return 0
    due = UniversalAIFile.objects.filter(remove_at__lte=NOW).order_by("remove_at")
    # Most looks find nothing, and need no transaction for it.
    claimed = claim(due, MOST, remove_at=from_now(CLAIM)) if due.exists() else []
    _look_at = 0.0 if len(claimed) == MOST else time.monotonic() + EVERY
    return remove(claimed)


def forget() -> None:
    """Look at once. For tests."""
    global _look_at
    _look_at = 0.0


def remove(files: Iterable[UniversalAIFile]) -> int:
    """Remove the content of files, and their rows. Returns how many are gone.

    What an unfinished job still has to read stays until that job ended. The row of a file that a
    job has read stays, without content, as part of the job's story.
    """
    chosen = list(files)
    unfinished = UniversalAIJob.objects.unfinished()
    links = JobFile.objects.filter(file__in=[file.pk for file in chosen])
    needed = set(links.filter(job__in=unfinished).values_list("file_id", flat=True))
    gone = 0
    for file in chosen:
        if file.pk in needed or not _remove_content(file):
            UniversalAIFile.objects.filter(pk=file.pk).update(remove_at=from_now(LATER))
        else:
            _remove_row(file)
            gone += 1
    return gone


def _remove_content(file: UniversalAIFile) -> bool:
    """Before the row: whatever ends this process, the row says that there is more to do."""
    try:
        if file.file.name:
            file.file.storage.delete(file.file.name)
    except Exception:  # each storage has errors of its own
        logger.exception("file %s: its content can't be removed; it is tried again", file.pk)
        return False
    return True


def _remove_row(file: UniversalAIFile) -> None:
    row = UniversalAIFile.objects.filter(pk=file.pk)
    try:
        with atomic():
            row.delete()
    except (IntegrityError, ProtectedError):  # a job has read it, the one of this moment, too
        row.update(file="", remove_at=None)


def expire(files: Iterable[UniversalAIFile]) -> int:
    """Delete files for good, as their owner wants it: no new job can read them from now on.

    Returns how many they are; those that an unfinished job still reads go later.
    """
    chosen = list(files)
    # Claimed by this process; what it doesn't come to is another's.
    UniversalAIFile.objects.filter(pk__in=[file.pk for file in chosen]).update(
        expires_at=timezone.now(), remove_at=from_now(CLAIM)
    )
    remove(chosen)
    return len(chosen)
