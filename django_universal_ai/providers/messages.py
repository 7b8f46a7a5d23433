"""What a worker and a provider's child process say to each other: JSON, one message a line.

Worker to child: a request. Child to worker: any number of ``{"progress": 0.5}``, then one of
``{"result": {...}}``, ``{"refused": "bad input, in words"}`` and ``{"failed": "a bug, in words",
"traceback": "..."}``.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from .base import ProviderRequest, ProviderResult

Message = dict[str, Any]

#: Seconds without a request after which a child ends and gives its memory back.
IDLE_SECONDS = 600.0


def encode(message: Message) -> bytes:
    """One line. Raises ``TypeError`` or ``ValueError`` for what JSON can't hold (NaN too)."""
    return json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Message:
    """The message of one line, as the other side encoded it."""
    message: Message = json.loads(line)
    return message


def request_to_message(request: ProviderRequest) -> Message:
    """A request on its way to the child."""
    return {
        "feature": request.feature,
        "subfeature": request.subfeature,
        "model": request.model,
        "input": request.input,
        "files": {name: str(path) for name, path in request.files.items()},
        "provider_params": request.provider_params,
        "show_original_response": request.show_original_response,
        "folder": str(request.folder),
    }


def request_from_message(message: Message) -> ProviderRequest:
    """A request as it arrived in the child."""
    files = {name: Path(path) for name, path in message["files"].items()}
    return ProviderRequest(**{**message, "files": files, "folder": Path(message["folder"])})


def result_to_message(result: ProviderResult) -> Message:
    """A result on its way back."""
    return {
        "output": result.output,
        "original_response": result.original_response,
        "cost": str(result.cost),
        "files": {name: str(path) for name, path in result.files.items()},
        "usage": {name: str(used) for name, used in result.usage.items()},
    }


def result_from_message(message: Message) -> ProviderResult:
    """A result as it arrived in the worker."""
    files = {name: Path(path) for name, path in message["files"].items()}
    usage = {name: Decimal(used) for name, used in message["usage"].items()}
    cost = Decimal(message["cost"])
    return ProviderResult(**{**message, "cost": cost, "usage": usage, "files": files})
