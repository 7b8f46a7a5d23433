"""A response, read under a limit."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

#: A refusal says what it has to say in so many bytes; the rest isn't read.
_REFUSAL = 65536

Model = TypeVar("Model", bound=BaseModel)


class Unreadable(Exception):
    """The answer is a success whose body can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The status, the headers and the body of a response."""

    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    def parse(self, model: type[Model]) -> Model:
        """The body as a ``model``. Raises :class:`Unreadable`."""
        try:
            return model.model_validate(_loads(self.body))
        except ValidationError as error:
            problem = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, problem["loc"])) or "the body"
            raise Unreadable(f"{where}: {problem['msg']}") from None
        # Depth ends in RecursionError; JSON, encodings and endless integers in ValueError.
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"the body isn't JSON ({type(error).__name__})") from None


def read(response: httpx.Response, limit: int) -> Reply:
    """Read the body of a streamed response, up to ``limit`` bytes.

    The body of a success has to be whole, else :class:`Unreadable` or httpx's error is raised.
    A refusal is a refusal by its status alone, so of its body as much is kept as there is.
    """
    status, headers = response.status_code, response.headers
    if 200 <= status < 300:
        return Reply(status, headers, _whole(response, limit))
    return Reply(status, headers, _beginning(response, min(limit, _REFUSAL)))


def _whole(response: httpx.Response, limit: int) -> bytes:
    if encoding := _encoding(response):
        # 200 kB of gzip may unpack to 67 MB in one piece. Without an encoding, httpx unpacks none.
        raise Unreadable(f"the body is encoded ({encoding[:40]!r}), though none was asked for")
    too_large = f"the body is larger than max_response_bytes ({limit})"
    if int(response.headers.get("content-length", 0)) > limit:
        raise Unreadable(too_large)
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > limit:
            raise Unreadable(too_large)
    return bytes(body)


def _beginning(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    if _encoding(response):
        return b""
    try:
        for piece in response.iter_bytes():
            body += piece
            if len(body) >= limit:
                break
    except httpx.HTTPError:
        pass
    return bytes(body[:limit])


def _encoding(response: httpx.Response) -> str:
    encoding: str = response.headers.get("content-encoding", "")
    return "" if encoding.strip().lower() in ("", "identity") else encoding


def _loads(body: bytes) -> Any:
    data = json.loads(body)
    # ``cost`` is money, and at times a JSON number: read that one again without rounding it.
    if isinstance(data, dict) and isinstance(data.get("cost"), float):
        data["cost"] = json.loads(body, parse_float=Decimal)["cost"]
    return data
