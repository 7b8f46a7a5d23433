"""How an answer gets onto the wire, whole or damaged."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Protocol

from .answers import Answer, json_answer
from .faults import Fault, Kind
from .limiter import too_many_requests

BLOCK = b" " * 65536


class Wire(Protocol):
    """The connection to one client."""

    def send(self, data: bytes) -> None: ...

    def hang_up(self) -> None:
        """Close after what was sent."""

    def reset(self) -> None:
        """Close with RST."""

    def wait(self, seconds: float) -> None:
        """Let time pass, but not after the server's end."""


def changed(answer: Answer | None, fault: Fault | None) -> Answer:
    """The answer with the values of the fault in it. Without one, a fault gives its own."""
    if fault is None or fault.kind not in (Kind.ANSWER, Kind.RATE_LIMITED):
        return answer or json_answer(503, {"detail": "Not carried out"})
    if fault.kind == Kind.RATE_LIMITED:
        return too_many_requests(fault.form, fault.seconds)
    if fault.status is None and answer is not None:
        answer.body = json.dumps(json.loads(answer.body) | fault.patch).encode()
        answer.headers |= fault.headers
        return answer
    text = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
    return Answer(fault.status or 200, text.encode(), fault.content_type, dict(fault.headers))


def head(answer: Answer, length: int | None = None, **more: str) -> bytes:
    """The status line and the headers; ``length`` -1 announces none."""
    length = len(answer.body) if length is None else length
    headers = {"Content-Type": answer.content_type} | answer.headers | more
    headers |= {"Connection": "close"} if length < 0 else {"Content-Length": str(length)}
    lines = [f"HTTP/1.1 {answer.status} {reason(answer.status)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unheard Of"


def deliver(wire: Wire, answer: Answer, fault: Fault | None) -> bool:
    """Send the answer as the fault wants it; whether its head got out whole."""
    match fault.kind if fault else Kind.ANSWER:
        case Kind.LOST:
            wire.hang_up()
        case Kind.RESET:
            wire.reset()
        case Kind.DRIP_HEAD:
            assert fault
            _drip(wire, head(answer) + answer.body, fault.seconds)
        case kind:
            if fault and kind == Kind.SILENCE:
                wire.wait(fault.seconds)
            for data in _pieces(wire, answer, fault):
                wire.send(data)
            return True
    return False


def _pieces(wire: Wire, answer: Answer, fault: Fault | None) -> Iterator[bytes]:
    match fault.kind if fault else Kind.ANSWER:
        case Kind.TRUNCATED:
            yield head(answer) + answer.body[: len(answer.body) // 2]
            wire.hang_up()
        case Kind.DRIP:
            assert fault
            yield head(answer)
            _drip(wire, answer.body, fault.seconds)
        case Kind.GZIP:
            assert fault
            packed = gzip.compress(b'"' + b"a" * fault.size + b'"', compresslevel=1)
            yield head(answer, len(packed), Content_Encoding="gzip") + packed
        case Kind.HUGE:
            assert fault
            blocks = fault.size // len(BLOCK)
            yield head(answer, -1 if fault.seconds else blocks * len(BLOCK))
            yield from (BLOCK for _ in range(blocks))
            wire.hang_up()
        case _:
            yield head(answer) + answer.body


def _drip(wire: Wire, data: bytes, seconds: float) -> None:
    for at in range(len(data)):
        wire.send(data[at : at + 1])
        wire.wait(seconds)
