"""Downloads that leave piece by piece."""

from __future__ import annotations

from collections.abc import Iterator

from asgiref.sync import async_to_sync
from django.test import AsyncRequestFactory, RequestFactory

from django_universal_ai.admin.streaming import streamed


def pieces(made: list[str]) -> Iterator[str]:
    for piece in ("a", "", "b"):
        made.append(piece)
        yield piece


def test_under_wsgi_pieces_are_made_as_they_are_taken() -> None:
    made: list[str] = []
    request = RequestFactory().get("/")
    response = streamed(request, pieces(made), name="x.csv", content_type="text/csv")
    assert not response.is_async
    taken = iter(response)
    assert (next(taken), made) == (b"a", ["a"])
    assert [*taken] == [b"", b"b"]


def test_under_asgi_too() -> None:
    made: list[str] = []
    request = AsyncRequestFactory().get("/")
    response = streamed(request, pieces(made), name="x.csv", content_type="text/csv")
    assert response.is_async

    async def take() -> list[bytes]:
        taken = response.__aiter__()
        assert (await anext(taken), made) == (b"a", ["a"])
        return [piece async for piece in taken]

    assert async_to_sync(take)() == [b"", b"b"]


def test_no_browser_shows_it() -> None:
    response = streamed(RequestFactory().get("/"), iter(()), name="x.csv", content_type="text/csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="x.csv"'
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "private, no-store"
