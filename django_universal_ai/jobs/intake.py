"""A request for a job, checked before anything is saved or paid."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import ValidationError

from ..backends import BaseBackend, backends, choose_backend, choose_fallback_backend
from ..contract import JobRequest, check_input, file_fields
from ..exceptions import AddressRefused, InvalidInput
from ..models import UniversalAIFile
from ..outward.conf import outward_settings
from ..outward.target import parse

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

#: Stands in ``input`` for a file that is stored only when all else was found right.
PLACEHOLDER = "00000000-0000-0000-0000-000000000000"


@dataclass(slots=True)
class Intake:
    """A request that may be saved: who runs it, and which files it reads."""

    request: JobRequest
    backend: BaseBackend
    #: Where there are fallbacks: the backends of the model asked for and of each of them.
    route: list[str] = field(default_factory=list)
    #: Files that are in the storage already, by input field.
    known_files: dict[str, UniversalAIFile] = field(default_factory=dict)
    #: Files that are still to be stored, by input field.
    new_files: dict[str, Any] = field(default_factory=dict)

    def store_files(self, owner: AbstractBaseUser | None) -> dict[str, UniversalAIFile]:
        """Store the new files and put their ids into the input. Raises ``ValidationError``."""
        stored: dict[str, UniversalAIFile] = {}
        try:
            for name, source in self.new_files.items():
                stored[name] = UniversalAIFile.objects.store(source, owner=owner)
                self.request.input[name] = str(stored[name].pk)
        except (OSError, TypeError, ValueError) as error:
            discard(stored.values())
            raise as_validation_error(InvalidInput(f"input.{name}", _sentence(error))) from error
        except BaseException:
            discard(stored.values())
            raise
        return stored


def check(
    data: Mapping[str, Any],
    *,
    files: Mapping[str, Any] | None = None,
    using: str | None = None,
    owner: AbstractBaseUser | None = None,
    simulated: bool = False,
) -> Intake:
    """Check a request, in the words of the wire. Raises ``ValidationError`` naming the field.

    A ``simulated`` job is done by nobody, so nobody has to be able to.
    """
    try:
        new_files = _files_by_field(files)
        request = JobRequest.parse(_with_placeholders(data, new_files))
        backend = choose_backend(request.model_id, using)
        check_input(request.model_id, request.input)
        if not simulated:
            _refuse_unable(request, backend)
        known = _known_files(request, owner, set(new_files))
        _refuse_unreachable(request, backend, known, set(new_files))
        route = _route(request, backend, known, set(new_files), simulated=simulated)
    except InvalidInput as error:
        raise as_validation_error(error) from error
    return Intake(request, backend, route, known, new_files)


def _route(
    request: JobRequest,
    first: BaseBackend,
    known: dict[str, UniversalAIFile],
    new: set[str],
    *,
    simulated: bool,
) -> list[str]:
    """The backends of the request and of its fallbacks; each must be able to do it."""
    route = [first.alias]
    for place, model in enumerate(request.fallback_ids()):
        backend = choose_fallback_backend(model, first)
        # The parameters were written for the provider that was asked.
        params = request.provider_params if model.provider == request.model_id.provider else None
        asked = request.model_copy(update={"model": str(model), "provider_params": params})
        try:
            if not simulated:
                _refuse_unable(asked, backend)
            _refuse_unreachable(asked, backend, known, new)
        except InvalidInput as error:
            where = "" if error.field == "model" else f"{error.field}: "
            raise InvalidInput(f"fallbacks.{place}", f"{where}{error.message}") from error
        route.append(backend.alias)
    return route if request.fallbacks else []


def _refuse_unable(request: JobRequest, backend: BaseBackend) -> None:
    """What its backend can't do is refused, with what others here could do instead."""
    try:
        backend.validate(request)
    except InvalidInput as error:
        others = [other for other in backends.all() if other is not backend]
        offers = [model for other in others for model in other.offers(request.model_id)]
        if not offers:
            raise
        message = f"{error.message} Without it there is: {', '.join(offers)}."
        raise InvalidInput(error.field, message) from error


def as_validation_error(error: InvalidInput) -> ValidationError:
    """Django's error for ours; its key is the dotted field."""
    return ValidationError({error.field: [error.message]})


def discard(stored: Iterable[UniversalAIFile]) -> None:
    """Remove files that were stored for a job which then wasn't made, or has no use for them."""
    for file in stored:
        file.file.delete(save=False)
        UniversalAIFile.objects.filter(pk=file.pk).delete()


def _files_by_field(files: Any) -> dict[str, Any]:
    if files is not None and not isinstance(files, Mapping):
        raise InvalidInput("files", "Give a dictionary of files by input field.")
    return dict(files or {})


def _with_placeholders(data: Mapping[str, Any], files: dict[str, Any]) -> dict[str, Any]:
    given = data.get("input")
    if not isinstance(given, Mapping):
        return dict(data)  # JobRequest says what is wrong with it
    for name in files:
        if name in given:
            raise InvalidInput(f"input.{name}", "Given twice: in input and in files.")
    return {**data, "input": {**given, **dict.fromkeys(files, PLACEHOLDER)}}


def _known_files(
    request: JobRequest, owner: AbstractBaseUser | None, new: set[str]
) -> dict[str, UniversalAIFile]:
    """Inputs that are ids of files in our own storage.

    Another owner's files don't exist, and neither do those that have expired. Any input may be
    one: which inputs of an unknown feature are files, nobody can tell.
    """
    asked: dict[str, uuid.UUID] = {}
    for name, value in request.input.items():
        if name not in new and isinstance(value, str) and (file_id := _as_uuid(value)):
            asked[name] = file_id
    if not asked:
        return {}
    visible = UniversalAIFile.objects.living()
    if owner is not None:
        visible = visible.filter(owner=cast(Any, owner))
    found = visible.in_bulk(list(asked.values()))
    return {name: found[file_id] for name, file_id in asked.items() if file_id in found}


def _refuse_unreachable(
    request: JobRequest, backend: BaseBackend, known: dict[str, UniversalAIFile], new: set[str]
) -> None:
    """A provider that runs here reads our own storage, and what can be fetched into it."""
    if backend.is_service:
        return
    for name in file_fields(request.model_id.name):
        value = request.input.get(name)
        if value is None or name in new or name in known:
            continue
        if _as_uuid(str(value)):
            raise InvalidInput(f"input.{name}", f"There is no uploaded file with the id {value}.")
        _check_url(name, str(value))


def _check_url(name: str, value: str) -> None:
    """A file that will be fetched when the job runs; its address is judged as far as it tells."""
    if not outward_settings().FETCH_FILES or "://" not in value:
        raise InvalidInput(
            f"input.{name}",
            "Give an uploaded file: upload it first and give its id (POST /v3/upload, or "
            "files={...} in Python)."
            + (" Or give an https URL." if outward_settings().FETCH_FILES else ""),
        )
    try:
        parse(value)
    except AddressRefused as error:
        raise InvalidInput(f"input.{name}", str(error)) from error


def _as_uuid(value: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(value)
    except ValueError:
        return None


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}".removesuffix(".") + "."
