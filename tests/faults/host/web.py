"""``python -m tests.faults.host.web``: the host's web process, told by JSON what to do.

Each line is ``{"call": NAME, ...arguments}``, the answer ``{"value": ..., "seconds": S}``.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.faults.host.settings"
django.setup()

from django.contrib.auth.models import User  # noqa: E402

from django_universal_ai import waking  # noqa: E402
from django_universal_ai.gateway import tokens  # noqa: E402
from django_universal_ai.models import UniversalAIJob  # noqa: E402
from tests.faults.host.celery import app  # noqa: E402

MODEL = "audio/speech_to_text_async/google"
#: Messages that are kept back until ``release``.
_kept: list[tuple[str, list[str], str | None]] = []
_send = waking._send


def submit(
    first: int,
    count: int,
    *,
    pause: float = 0.0,
    file: bool = False,
    keep_messages: bool = False,
    request: dict[str, Any] | None = None,
    upstream: dict[str, Any] | None = None,
) -> list[str]:
    """Jobs with the serial numbers from ``first`` on; gives their primary keys."""
    waking._send = _keep if keep_messages else _send
    made = []
    for serial in range(first, first + count):
        wanted: dict[str, Any] = {
            "model": MODEL,
            "input": {} if file else {"file": f"https://files.example/{serial}.wav"},
            "files": {"file": b"a recording"} if file else None,
            "provider_params": {"serial": serial, "upstream": upstream or {}},
        }
        made.append(str(UniversalAIJob.objects.submit(**wanted | (request or {})).pk))
        time.sleep(pause)
    return made


def _keep(name: str, args: list[str], queue: str | None) -> bool:
    _kept.append((name, args, queue))
    return True


def release(copies: int, seed: int) -> int:
    """Send the kept messages, each so many times, shuffled."""
    waking._send = _send
    messages = _kept * copies
    _kept.clear()
    random.Random(seed).shuffle(messages)  # noqa: S311 - an order, not a secret
    return sum(waking._send(*message) for message in messages)


def token(owner: str) -> str:
    """A token of the gateway for a new user."""
    return tokens.create(User.objects.create_user(owner))


CALLS: dict[str, Callable[..., Any]] = {"submit": submit, "release": release, "token": token}


def main() -> None:
    app.set_current()
    for line in sys.stdin:
        call = json.loads(line)
        began = time.monotonic()
        value = CALLS[call.pop("call")](**call)
        answer = {"value": value, "seconds": time.monotonic() - began}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
