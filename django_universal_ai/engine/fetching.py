"""Input files that were given as URLs: fetched into our storage when the job runs."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta

from django.core.files import File
from django.utils import timezone

from ..contract import file_fields
from ..exceptions import OutwardError, Unreachable
from ..models import JobFile, UniversalAIFile, UniversalAIJob
from ..models.database import atomic
from ..outward.downloading import download

logger = logging.getLogger("django_universal_ai")

#: Seconds before each further try to fetch a file.
PAUSES = (1.0, 4.0)
#: A copy is kept so long, as an upload is.
KEPT = timedelta(days=30)
#: Seconds between two signs of life.
SIGN_OF_LIFE = 5.0
#: Bytes of a file that are kept in memory.
_IN_MEMORY = 1 << 20


def fetch_missing(job: UniversalAIJob, on_life: Callable[[], None]) -> None:
    """Fetch each input file of the job that is a URL, unless an earlier run has done so.

    ``on_life`` is called every few seconds. Raises
    :class:`~django_universal_ai.exceptions.OutwardError` that names the input and the reason.
    """
    here = set(job.job_files.values_list("field", flat=True))
    for field in file_fields(job.model_id.name):
        value = job.input.get(field)
        if field not in here and isinstance(value, str) and "://" in value:
            try:
                _fetch(job, field, value, _now_and_then(on_life))
            except OutwardError as error:
                raise OutwardError(f"input.{field}: {error}") from error


def _fetch(job: UniversalAIJob, field: str, url: str, on_life: Callable[[], None]) -> None:
    for pause in PAUSES:
        try:
            return _fetch_once(job, field, url, on_life)
        except Unreachable as error:
            logger.info("job %s: input.%s isn't there yet: %s", job.pk, field, error)
        time.sleep(pause)
    _fetch_once(job, field, url, on_life)


def _fetch_once(job: UniversalAIJob, field: str, url: str, on_life: Callable[[], None]) -> None:
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as content:
        name, kind = download(url, content, on_chunk=on_life)
        if not content.tell():
            raise OutwardError("The file is empty.")
        stored = UniversalAIFile.objects.store(
            File(content, name="file"),
            owner=job.owner,
            name=name,
            content_type=kind,
            expires_at=timezone.now() + KEPT,
        )
    try:
        with atomic():
            JobFile.objects.create(job=job, field=field, file=stored)
    except BaseException:
        stored.file.delete(save=False)
        stored.delete()
        raise


def _now_and_then(call: Callable[[], None]) -> Callable[[], None]:
    last = 0.0

    def called() -> None:
        nonlocal last
        if time.monotonic() - last >= SIGN_OF_LIFE:
            call()
            last = time.monotonic()

    return called
