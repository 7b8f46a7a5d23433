"""A request as a host makes it, and one that is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from django_universal_ai import jobs
from django_universal_ai.models import UniversalAIFile, UniversalAIJob
from tests.rows import AUDIO, URL

ASK: dict[str, Any] = {"model": AUDIO, "input": {"file": URL}}


def nothing_is_left(media: Path) -> bool:
    rows = UniversalAIJob.objects.count() + UniversalAIFile.objects.count()
    files = [path for path in media.rglob("*") if path.is_file()]
    return not rows and not files


def refused(**request: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        jobs.submit(**ASK | request)
    words: dict[str, list[str]] = caught.value.message_dict
    return words
