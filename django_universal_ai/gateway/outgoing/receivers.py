"""Receivers of webhooks, judged when a client names them."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from ...exceptions import AddressRefused
from ...outward.target import parse
from . import keys

FIELD = "webhook_receiver"


def check(url: str) -> None:
    """What can be known without the network; the rest is judged at each delivery.

    Raises :class:`~django.core.exceptions.ValidationError` that names the field.
    """
    if problem := keys.why_unable():
        raise ValidationError({FIELD: [f"This site can't sign webhooks. {problem}."]})
    try:
        parse(url)
    except AddressRefused as error:
        raise ValidationError({FIELD: [str(error)]}) from error
