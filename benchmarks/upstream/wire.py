"""HTTP/1.1 with keep-alive, as little of it as well-behaved clients need."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import cast

import orjson

from .service import Answer, Request, Service


class Connection(asyncio.Protocol):
    """Reads requests off one connection and answers each at once."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (ends := self._unread.find(b"\r\n\r\n")) >= 0:
            first, *lines = self._unread[:ends].decode("latin-1").split("\r\n")
            headers = {}
            for line in lines:
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            begins = ends + 4
            after = begins + int(headers.get("content-length", 0))
            if len(self._unread) < after:
                return
            method, target, _ = first.split(" ", 2)
            client = headers.get("authorization", "").removeprefix("Bearer ")
            request = Request.of(method, target, client, self._unread[begins:after])
            self._unread = self._unread[after:]
            self._transport.write(_bytes(self._service.answer(request)))
            if headers.get("connection", "").lower() == "close":
                self._transport.close()


def _bytes(answer: Answer) -> bytes:
    body = orjson.dumps(answer.data)
    more = "" if answer.retry_after is None else f"Retry-After: {answer.retry_after}\r\n"
    head = (
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    )
    return head.encode() + body
