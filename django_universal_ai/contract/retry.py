"""How long a service asks to be left alone."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

LONGEST = 3600.0
"""Seconds; a service that asks for more is tried again after an hour."""


def retry_after(headers: Mapping[str, str], body: bytes, now: datetime) -> float | None:
    """Seconds to wait, between 0 and 3600; ``None`` when the response doesn't say.

    The header ``Retry-After`` holds seconds or an HTTP date; without it the body may hold
    ``{"retry_after": 1.5}``. ``now`` must be aware.
    """
    header = next((v for name, v in headers.items() if name.lower() == "retry-after"), None)
    for seconds in (_seconds(header), _until(header, now), _seconds(_in_body(body))):
        if seconds is not None:
            return min(max(seconds, 0.0), LONGEST)
    return None


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return None if math.isnan(seconds) else seconds


def _until(value: str | None, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, TypeError):
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


def _in_body(body: bytes) -> Any:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return data.get("retry_after") if isinstance(data, dict) else None
