"""A real browser, logged in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Route
from pytest_django.live_server_helper import LiveServer

from tests.accessibility import complaints

#: What a careful host sends with each page: nothing inline, nothing from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'"
)

PHONE = {"width": 390, "height": 844}

Open = Callable[..., Page]


@pytest.fixture
def judged() -> Sequence[str]:
    """The parts of a page that axe-core looks at, as selectors; none for all of it."""
    return ()


@pytest.fixture
def open_page(chromium: Browser, live_server: LiveServer, judged: Sequence[str]) -> Iterator[Open]:
    """Opens the admin as its superuser.

    Fails the test where a page complains or asks, or where axe-core finds fault with what it shows
    in the end.
    """
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    session: str = client.cookies["sessionid"].value
    trouble: list[str] = []
    contexts = []

    def refuse(dialog: Dialog) -> None:
        trouble.append(dialog.message)
        dialog.dismiss()

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            trouble.append(f"{message.text} ({message.location['url']})")

    def open_(path: str, *, is_strict: bool = False, **options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("dialog", refuse)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        if is_strict:
            context.route("**/*", harden)
            page.on("console", complain)
        page.goto(path)
        return page

    yield open_
    found = list(trouble)  # from here on axe-core's own styles break the policy
    found += complaints(contexts, judged)
    for context in contexts:
        context.unroute_all(behavior="ignoreErrors")  # a file may still be on its way
        context.close()
    assert "\n".join(found) == ""


def harden(route: Route) -> None:
    """Send a strict policy along with what has none of its own."""
    if route.request.url.endswith("/favicon.ico"):
        route.fulfill(status=204)
        return
    if not route.request.url.startswith("http"):  # Chromium's own viewer of documents
        route.continue_()
        return
    answer = route.fetch(max_redirects=0)
    route.fulfill(response=answer, headers={"content-security-policy": POLICY} | answer.headers)
