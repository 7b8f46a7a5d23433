"""Which jobs a verb is about: the options by which ``list`` and ``prune`` choose them."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from datetime import date, timedelta
from typing import Any

from django.core.management.base import CommandParser

from ...models.managers import JobQuerySet
from .owners import find_owner

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def add_arguments(parser: CommandParser) -> None:
    """The options that :func:`narrow` reads."""
    parser.add_argument("--feature", type=_feature, metavar="FEATURE[/SUBFEATURE]")
    parser.add_argument("--provider", metavar="NAME", help="who did it, or was asked to")
    parser.add_argument("--backend", metavar="ALIAS", help="a backend of settings.UNIVERSAL_AI")
    parser.add_argument("--owner", metavar="USERNAME")


def narrow(
    rows: JobQuerySet,
    *,
    feature: tuple[str, str] | None,
    provider: str | None,
    backend: str | None,
    owner: str | None,
    **options: Any,
) -> JobQuerySet:
    """``rows``, as far as the options choose them."""
    if feature:
        rows = rows.filter(feature=feature[0])
        rows = rows.filter(subfeature=feature[1]) if feature[1] else rows
    if provider:
        rows = rows.filter(provider=provider)
    if backend:
        rows = rows.filter(backend=backend)
    if owner:
        rows = rows.filter(owner=find_owner(owner))
    return rows


def age(text: str) -> timedelta:
    """``30m``, ``12h``, ``90d``, ``2w``."""
    found = re.fullmatch(r"(\d{1,6})([mhdw])", text)
    if not found:
        raise ArgumentTypeError(f"{text!r} is no age: write it as 30m, 12h, 90d or 2w.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def day(text: str) -> date:
    """``2026-01-31``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day: write it as 2026-01-31.") from None


def positive(text: str) -> int:
    """A whole number from 1 on."""
    if not re.fullmatch(r"\d{1,9}", text) or not int(text):
        raise ArgumentTypeError(f"{text!r} is no number from 1 on.")
    return int(text)


def _feature(text: str) -> tuple[str, str]:
    feature, slash, subfeature = text.partition("/")
    if not feature or "/" in subfeature or (slash and not subfeature):
        raise ArgumentTypeError(f"{text!r} is no feature: write ocr, or ocr/ocr_async.")
    return feature, subfeature
