"""Resolving a job whose sending nobody answered, by an id that somebody says is its own."""

from __future__ import annotations

from django.utils.translation import gettext as _

from .. import limits
from ..backends import backends
from ..contract import JobResponse
from ..exceptions import JobConflict
from ..models import UniversalAIJob
from . import moves

#: Seconds until the first look at a job that was adopted while at work.
_LOOK_IN = 5.0


def adopt_id(job: UniversalAIJob, public_id: str) -> bool:
    """Ask the service for ``public_id`` with our key; if that fits, it is this job's.

    Says whether the row took it: ``False`` where it was resolved in the meantime. Raises
    :class:`~django_universal_ai.exceptions.JobConflict` where the service's job isn't what this
    one asked for, :class:`~django_universal_ai.exceptions.NotFound` where our account has no such
    job, ``BackendError`` where the service can't be asked now.
    """
    backend = backends[job.backend]
    if not backend.can_get:
        words = _("The backend %(alias)r can't be asked for jobs.")
        raise JobConflict(words % {"alias": backend.alias})
    with limits.minded(backend, limits.take_one(backend)):
        response = backend.get(public_id)
    if problem := _mismatch(job, public_id, response):
        raise JobConflict(problem)
    return bool(moves.adopt(job, response, look_in=_LOOK_IN))


def _mismatch(job: UniversalAIJob, public_id: str, response: JobResponse) -> str | None:
    request = job.request
    asked = request.model_id.name
    answered = f"{response.feature}/{response.subfeature}"
    if answered != asked:
        words = _("%(id)s isn't this job: it does %(answered)s, not %(asked)s.")
        return words % {"id": public_id, "answered": answered, "asked": asked}
    # What went out: of the candidates, those that this service could try.
    able = {model.provider for model in (request.model_id, *request.fallback_ids())}
    if response.provider not in able:
        words = _("%(id)s isn't this job: %(provider)s does it, not one of: %(able)s.")
        return words % {
            "id": public_id,
            "provider": response.provider,
            "able": ", ".join(sorted(able)),
        }
    return None
