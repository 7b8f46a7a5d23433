"""Asking for jobs: checked, saved, and a worker woken after the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from .. import telemetry, waking
from ..contract.json_value import json_problem
from ..exceptions import AlreadyActive, InvalidInput
from ..models import JobFile, UniversalAIJob
from ..models.database import atomic, atomic_one, on_commit
from ..models.statements import insert_rows
from . import intake, telling

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser
    from django.db.models import Model

_WIRE_FIELDS = (
    "input",
    "provider_params",
    "fallbacks",
    "show_original_response",
    "webhook_receiver",
    "user_webhook_parameters",
)
#: What must be equal for two requests with one idempotency key to be the same.
_COMPARED = ("requested_model", *_WIRE_FIELDS[1:])
#: What may not fit into its column; the rest is ours, or was checked as the wire wants it.
_MAY_NOT_FIT = {
    "requested_model",
    "feature",
    "subfeature",
    "provider",
    "model",
    "backend",
    "object_id",
    "idempotency_key",
    "priority",
}
_CHECKED_OTHERWISE = {field.name for field in UniversalAIJob._meta.fields} - _MAY_NOT_FIT
#: Who posts what is relayed.
_GATEWAY = "django_universal_ai.gateway"
#: Characters of a purpose for which an object has one active job.
PURPOSE_LENGTH = 100
#: Columns whose faults are the model string's.
_OF_THE_MODEL = dict.fromkeys(("requested_model", "feature", "subfeature", "provider"), "model")


def submit(
    *,
    model: str,
    input: Mapping[str, Any],
    files: Mapping[str, Any] | None = None,
    provider_params: Mapping[str, Any] | None = None,
    fallbacks: Sequence[str] = (),
    show_original_response: bool = False,
    using: str | None = None,
    owner: AbstractBaseUser | None = None,
    content_object: Model | None = None,
    metadata: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
    one_active: bool | str = False,
    webhook_receiver: str | None = None,
    user_webhook_parameters: Mapping[str, Any] | None = None,
    relay_webhook: bool = False,
    priority: int = 0,
    parent: UniversalAIJob | None = None,
    simulated: bool = False,
    along: Callable[[UniversalAIJob], Sequence[Model]] = lambda job: (),
    before_commit: Callable[[UniversalAIJob], object] | None = None,
) -> UniversalAIJob:
    """Ask for a job: check it, save its row, and wake a worker after the commit.

    ``model`` is ``feature/subfeature/provider[/model]``. ``files`` holds, by input field, a path,
    bytes, an open binary file, an ``UploadedFile`` or a ``FieldFile``; each is copied into
    Django's storage. ``using`` names a backend of ``settings.UNIVERSAL_AI``. The same
    ``idempotency_key`` with the same request gives the same row. With ``one_active``, the
    ``content_object`` may have no other unfinished job that was asked for so; a word instead of
    ``True`` tells jobs for different purposes apart. A ``simulated`` job is checked
    like any other, but nobody has to be able to do it: its caller ends it at once. With
    ``relay_webhook`` the service isn't told of ``webhook_receiver``: the gateway posts to it.
    ``along`` gives rows with keys of their own that are saved together with a new one.
    ``before_commit`` is called with a new row, last in the transaction that saves it: what it
    raises undoes the row.

    Raises :class:`~django.core.exceptions.ValidationError`, keyed by the dotted field, before
    anything is saved; :class:`~django_universal_ai.exceptions.AlreadyActive`.
    """
    request = locals()
    del request["along"], request["before_commit"]
    return _save(*prepare(**request), along=along, before_commit=before_commit)


def _save(
    job: UniversalAIJob,
    checked: intake.Intake,
    *,
    along: Callable[[UniversalAIJob], Sequence[Model]] = lambda job: (),
    before_commit: Callable[[UniversalAIJob], object] | None = None,
) -> UniversalAIJob:
    if earlier := same_request(job, checked):
        return earlier
    check_active(job)
    with telemetry.span("submit", job):
        job.traceparent = telemetry.traceparent()
        return _save_new(job, checked, along, before_commit)


def _save_new(
    job: UniversalAIJob,
    checked: intake.Intake,
    along: Callable[[UniversalAIJob], Sequence[Model]],
    before_commit: Callable[[UniversalAIJob], object] | None,
) -> UniversalAIJob:
    stored = checked.store_files(job.owner)
    job.input = checked.request.input
    links = job_files(job, {**checked.known_files, **stored})
    try:
        with atomic() if links or before_commit else atomic_one():
            insert_rows(job, *along(job))
            JobFile.objects.bulk_create(links)
            telling.tell_of_new([job])
            on_commit(partial(waking.submit, job.pk, checked.backend.queue))
            if before_commit is not None:
                before_commit(job)
    except IntegrityError:
        intake.discard(stored.values())
        # Two requests with one key at the same time: the other one won.
        if earlier := same_request(job, checked):
            return earlier
        check_active(job)
        raise
    except BaseException:
        intake.discard(stored.values())
        raise
    return job


def resubmit(
    job: UniversalAIJob,
    *,
    model: str | None = None,
    using: str | None = None,
    owner: AbstractBaseUser | None = None,
    idempotency_key: str | None = None,
    before_commit: Callable[[UniversalAIJob], object] | None = None,
) -> UniversalAIJob:
    """Ask for the same again: a new row whose ``parent`` is ``job``, which stays as it is.

    It is a new job to the service and is billed as one. ``model`` and ``using`` change who does
    it; otherwise it goes where the first one went. ``provider_params`` were written for the
    provider that was asked, and go to no other. ``before_commit`` as in :func:`submit`.

    Raises :class:`~django.core.exceptions.ValidationError` before anything is saved.
    """
    again, checked = _again(job, model, using, owner or job.owner, idempotency_key)
    return _save(again, checked, before_commit=before_commit)


def check_resubmission(
    job: UniversalAIJob, *, model: str | None = None, using: str | None = None
) -> None:
    """Whether :func:`resubmit` could; saves nothing. Raises ``ValidationError`` where not."""
    _again(job, model, using, job.owner, None)


def _again(
    job: UniversalAIJob,
    model: str | None,
    using: str | None,
    owner: AbstractBaseUser | None,
    idempotency_key: str | None,
) -> tuple[UniversalAIJob, intake.Intake]:
    wire = {name: getattr(job, name) for name in _WIRE_FIELDS}
    if model and _provider_of(model) != _provider_of(job.requested_model):
        wire["provider_params"] = None
    again, checked = prepare(
        model=model or job.requested_model,
        using=using or (None if model else (job.route or [job.backend])[0]),
        owner=owner,
        metadata=job.metadata,
        priority=job.priority,
        parent=job,
        idempotency_key=idempotency_key,
        relay_webhook=job.relays_webhook,
        **wire,
    )
    # The reference, not the object: it may be gone, and what it was stays known.
    again.content_type_id, again.object_id = job.content_type_id, job.object_id
    return again, checked


def _provider_of(model: str) -> str:
    """The provider of a model string that nobody has checked yet."""
    return model.split("/", 3)[2] if model.count("/") > 1 else ""


def prepare(
    *,
    model: str,
    files: Mapping[str, Any] | None = None,
    using: str | None = None,
    owner: AbstractBaseUser | None = None,
    content_object: Model | None = None,
    metadata: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
    one_active: bool | str = False,
    relay_webhook: bool = False,
    priority: int = 0,
    parent: UniversalAIJob | None = None,
    simulated: bool = False,
    **wire: Any,
) -> tuple[UniversalAIJob, intake.Intake]:
    """A row that isn't saved, for a request that may be made. Raises as :func:`submit` does."""
    if unknown := wire.keys() - set(_WIRE_FIELDS):
        raise TypeError(f"submit() has no argument {', '.join(map(repr, sorted(unknown)))}")
    try:
        _check_extras(metadata, owner, content_object, idempotency_key, relay_webhook)
    except InvalidInput as error:
        raise intake.as_validation_error(error) from error
    checked = intake.check(
        {"model": model, **wire}, files=files, using=using, owner=owner, simulated=simulated
    )
    request, model_id = checked.request, checked.request.model_id
    job = UniversalAIJob(
        requested_model=request.model,
        feature=model_id.feature,
        subfeature=model_id.subfeature,
        provider=model_id.provider,
        model=model_id.model,
        backend=checked.backend.alias,
        route=checked.route,
        owner=cast(Any, owner),
        metadata=dict(metadata or {}),
        idempotency_key=idempotency_key,
        idempotency_scope="" if owner is None else str(owner.pk)[:64],
        priority=priority,
        parent=parent,
        relays_webhook=relay_webhook,
        **{name: getattr(request, name) for name in _WIRE_FIELDS},
    )
    if content_object is not None:
        job.content_object = content_object
    if one_active:
        job.active_key = _active_key(job, "" if one_active is True else one_active)
    try:
        job.clean_fields(exclude=_CHECKED_OTHERWISE)
    except ValidationError as error:
        raise ValidationError(
            {_OF_THE_MODEL.get(name, name): words for name, words in error.message_dict.items()}
        ) from error
    return job, checked


def _check_extras(
    metadata: Any,
    owner: AbstractBaseUser | None,
    content_object: Model | None,
    idempotency_key: Any,
    relay_webhook: bool,
) -> None:
    """What the wire doesn't have, and every database must be able to hold."""
    if metadata is not None and not isinstance(metadata, Mapping):
        raise InvalidInput("metadata", "Give a dictionary.")
    if problem := json_problem(dict(metadata or {})):
        raise InvalidInput("metadata", problem)
    if owner is not None and owner.pk is None:
        raise InvalidInput("owner", "Save it first: it has no primary key yet.")
    if content_object is not None and content_object.pk is None:
        raise InvalidInput("content_object", "Save it first: it has no primary key yet.")
    if isinstance(idempotency_key, str) and not idempotency_key.isprintable():
        raise InvalidInput("idempotency_key", "Holds characters that can't be printed.")
    if relay_webhook and not apps.is_installed(_GATEWAY):
        raise InvalidInput("relay_webhook", f"Nobody would post it: {_GATEWAY} isn't installed.")


def _active_key(job: UniversalAIJob, purpose: str) -> str:
    if job.content_type_id is None:
        raise ValidationError(
            {"one_active": ["Say whose job it is: content_object has to be given."]}
        )
    if not purpose.isprintable() or ":" in purpose or len(purpose) > PURPOSE_LENGTH:
        words = f"Give True, or a word of up to {PURPOSE_LENGTH} characters, without a colon."
        raise ValidationError({"one_active": [words]})
    return f"{job.content_type_id}:{job.object_id}:{purpose}"


def check_active(job: UniversalAIJob) -> None:
    """Raises :class:`AlreadyActive` where the job's object has an unfinished one."""
    if job.active_key is None:
        return
    other = UniversalAIJob.objects.filter(active_key=job.active_key).only("status").first()
    if other is not None:
        raise AlreadyActive(
            f"{job.content_object} has a job already that hasn't ended: {other.pk} "
            f"({other.get_status_display()}).",
            other.pk,
        )


def job_files(job: UniversalAIJob, files: Mapping[str, Any]) -> list[JobFile]:
    return [JobFile(job=job, field=name, file=file) for name, file in files.items()]


def same_request(job: UniversalAIJob, checked: intake.Intake) -> UniversalAIJob | None:
    """The row with the same key. Raises ``ValidationError`` where its request was another."""
    if job.idempotency_key is None:
        return None
    earlier = UniversalAIJob.objects.filter(
        idempotency_scope=job.idempotency_scope, idempotency_key=job.idempotency_key
    ).first()
    if earlier is None:
        return None
    same = all(getattr(earlier, name) == getattr(job, name) for name in _COMPARED)
    if not same or _inputs(earlier, checked) != _inputs(job, checked):
        raise ValidationError(
            {"idempotency_key": ["This key was used for another request; use a new one."]}
        )
    return earlier


def _inputs(job: UniversalAIJob, checked: intake.Intake) -> dict[str, Any]:
    """What two requests must share: not the ids of new files, for each copy has its own."""
    return {name: value for name, value in job.input.items() if name not in checked.new_files}
