"""Field types that several messages of the wire share.

A job that was paid for is worth more than its decoration: where a slip in a side field would
lose the whole message, that field reads as ``None`` or empty instead.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the calendar") from None


def _as_object(error: Any) -> Any:
    return error if error is None or isinstance(error, dict) else {"message": error}


def _none_if_unreadable(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


#: A moment in UTC; one without a time zone is taken as UTC.
Time = Annotated[datetime, AfterValidator(_in_utc)]

#: ``{"message": ...}``, into which a bare string or list is wrapped.
ErrorObject = Annotated[dict[str, Any], BeforeValidator(_as_object)]

#: An id that the service gave; without one nothing can be asked for.
Identifier = Annotated[str, Field(min_length=1)]

#: A name that must be there, though a service that failed may have only null to say.
Name = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]

#: Put beside a type in ``Annotated``: what can't be read becomes ``None``.
NoneIfUnreadable = WrapValidator(_none_if_unreadable)
