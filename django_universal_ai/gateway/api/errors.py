"""Refusals, in the contract's forms: ``{"detail": ...}``."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as WrongParameters

from ..idempotency import KeyReused
from ..refusals import Refusal
from .body import NotJson
from .upload_limit import FileTooLarge

Handler = Callable[[HttpRequest, Any], JsonResponse]
Place = tuple[int | str, ...]

#: The disk is full, the quota is used up, or the file system takes no file of that size.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

#: Where Ninja found a parameter, by the word that the contract has for it.
_PLACES = {"form": "body", "file": "body"}


def refusal(status: int, detail: Any, **more: str) -> JsonResponse:
    """An answer that isn't a success."""
    return JsonResponse({"detail": detail, **more}, status=status)


def unprocessable(loc: Iterable[int | str], msg: str, kind: str = "value_error") -> JsonResponse:
    """A 422 with one problem."""
    return refusal(422, [{"loc": list(loc), "msg": msg, "type": kind}])


def not_found(what: str = "Not found.") -> JsonResponse:
    return refusal(404, what)


def _unauthorized(request: HttpRequest, error: AuthenticationError) -> JsonResponse:
    # One answer for all: who guesses doesn't learn whether a token existed.
    response = refusal(
        401,
        "This needs a valid token: send the header 'Authorization: Bearer <token>'. "
        "The token may be missing, wrong, expired or revoked.",
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


def _no_such_page(request: HttpRequest, error: Http404) -> JsonResponse:
    return not_found(str(error))


def _http_error(request: HttpRequest, error: HttpError) -> JsonResponse:
    # Ninja knows only 400 for a body that its parser refused; the reason is behind it.
    if isinstance(error.__cause__, NotJson):
        problem = error.__cause__
        return unprocessable(("body", *problem.place), str(problem), "json_invalid")
    return refusal(error.status_code, str(error))


def _wrong_parameters(request: HttpRequest, error: WrongParameters) -> JsonResponse:
    return refusal(
        422,
        [
            {"loc": _place(problem["loc"]), "msg": problem["msg"], "type": problem["type"]}
            for problem in error.errors
        ],
    )


def _place(loc: Place) -> list[int | str]:
    """From Ninja's ``("body", <argument>, "input")`` to the contract's ``["body", "input"]``."""
    source, *rest = loc
    if source == "body":
        rest = rest[1:]
    return [_PLACES.get(str(source), source), *rest]


def _not_allowed(request: HttpRequest, error: Refusal) -> JsonResponse:
    answer = refusal(error.status, str(error))
    for name, value in error.headers.items():
        answer[name] = value
    return answer


def _invalid_job(request: HttpRequest, error: ValidationError) -> JsonResponse:
    """What :func:`django_universal_ai.jobs.submit` refuses.

    The form of the model string was found right before, so there is nobody who serves it.
    """
    problems = error.message_dict
    if "model" in problems:
        return refusal(400, " ".join(problems["model"]), error_code="INVALID_MODEL")
    return refusal(
        422,
        [
            {"loc": ["body", *_path(field)], "msg": message, "type": "value_error"}
            for field, messages in problems.items()
            for message in messages
        ],
    )


def _path(field: str) -> list[int | str]:
    parts = field.split(".")
    return [int(part) if part.isascii() and part.isdecimal() else part for part in parts]


def _too_large(request: HttpRequest, error: Exception) -> JsonResponse:
    return refusal(413, "The request's body is larger than this service takes.")


def _file_too_large(request: HttpRequest, error: FileTooLarge) -> JsonResponse:
    return refusal(413, str(error))


def _key_reused(request: HttpRequest, error: KeyReused) -> JsonResponse:
    return refusal(409, str(error), error_code="IDEMPOTENCY_KEY_REUSED")


def _unreadable(request: HttpRequest, error: Exception) -> JsonResponse:
    return unprocessable(("body",), f"The body can't be read: {error}", "body_invalid")


def _not_storable(request: HttpRequest, error: Exception) -> JsonResponse:
    message = "The database of this service can't store the request."
    return unprocessable(("body",), message, "not_storable")


def _os_error(request: HttpRequest, error: OSError) -> JsonResponse:
    if error.errno not in _NO_ROOM:
        raise error
    return refusal(507, "This service has no room for the file at the moment.")


#: By exception; a subclass that isn't here is handled like its base.
HANDLERS: dict[type[Exception], Handler] = {
    AuthenticationError: _unauthorized,
    BadRequest: _unreadable,
    DataError: _not_storable,
    FileTooLarge: _file_too_large,
    Http404: _no_such_page,
    HttpError: _http_error,
    IntegrityError: _not_storable,
    KeyReused: _key_reused,
    MultiPartParserError: _unreadable,
    OSError: _os_error,
    Refusal: _not_allowed,
    RequestDataTooBig: _too_large,
    SuspiciousOperation: _unreadable,
    UnreadablePostError: _unreadable,
    ValidationError: _invalid_job,
    WrongParameters: _wrong_parameters,
}
