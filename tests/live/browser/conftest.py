"""A real browser at a real host."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page

from tests.accessibility import complaints
from tests.live.host import Host

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    made = Host(tmp_path_factory.mktemp("host"))
    made.do("None")  # its tables are there
    yield made
    made.close()


@pytest.fixture(scope="module", params=["asgi", "wsgi"])
def server(request: pytest.FixtureRequest, host: Host) -> Iterator[tuple[str, str]]:
    """The kind of the server, and its address."""
    with host.served(request.param) as address:
        yield request.param, address


@pytest.fixture
def address(server: tuple[str, str]) -> str:
    return server[1]


@pytest.fixture
def open_page(chromium: Browser, address: str, host: Host) -> Iterator[Open]:
    """Opens a page as somebody; fails the test where a script, the policy or axe-core complains."""
    trouble: list[str] = []
    contexts = []

    def open_(
        path: str,
        who: str = "ada",
        expect: tuple[str, ...] = (),
        requests: list[str] | None = None,
        **options: Any,
    ) -> Page:
        context = chromium.new_context(base_url=address, **options)
        contexts.append(context)
        if who:
            session = host.do(f"session_of({who!r})")
            context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        page = context.new_page()
        page.set_default_timeout(30_000)

        def note(words: str) -> None:
            if not any(each in words for each in expect):
                trouble.append(words)

        def refuse(dialog: Dialog) -> None:
            note(dialog.message)
            dialog.dismiss()

        page.on("pageerror", lambda error: note(str(error)))
        page.on("dialog", refuse)
        page.on("console", lambda said: note(said.text) if said.type == "error" else None)
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        if requests is not None:
            page.on("request", lambda request: requests.append(request.url))
        page.goto(path)
        return page

    yield open_
    found = list(trouble)  # from here on axe-core's own styles break the policy
    found += complaints(contexts)
    for context in contexts:
        context.close()
    assert found == []
