"""The pages in a real browser, with a real worker behind them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.accessibility import complaints

from ..conftest import PATIENCE, Example

#: A page costs something, and a budget sets aside more until the pages are counted.
PRICES = {"rapidocr": {"page": "0.01", "reserve": "0.05"}}

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return Example(
        tmp_path_factory.mktemp("example") / "var", {"OFFLINE_PRICES": json.dumps(PRICES)}
    )


@pytest.fixture(scope="session")
def site(example: Example) -> Iterator[str]:
    with example.served() as address:
        yield address


@pytest.fixture
def open_page(chromium: Browser, site: str) -> Iterator[Open]:
    """Opens the front page in a browser of its own.

    A mistake in a script, whatever the Content-Security-Policy forbids, and what axe-core finds in
    the pages that are open in the end, fails the test.
    """
    mistakes: list[str] = []
    contexts = []

    def open_(address: str = "/", **options: Any) -> Page:
        context = chromium.new_context(base_url=site, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on(
            "console",
            lambda message: (
                mistakes.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )
        page.goto(address)
        return page

    yield open_
    found = list(mistakes)  # from here on axe-core's own styles break the policy
    found += complaints(contexts)
    for context in contexts:
        context.close()
    assert found == []


@pytest.fixture
def page(open_page: Open) -> Page:
    """The front page."""
    return open_page()


@pytest.fixture
def phone() -> ViewportSize:
    """The screen of a small phone."""
    return ViewportSize(width=390, height=844)


def done(page: Page) -> None:
    """Wait for the end of the job of the document that is shown."""
    expect(page.locator("#document")).to_have_attribute(
        "data-settled", "yes", timeout=PATIENCE * 1000
    )


def drop(page: Page, *files: tuple[str, bytes]) -> None:
    """Drop files, by name and content, on the page."""
    page.locator("#drop").evaluate(
        """(zone, files) => {
            const data = new DataTransfer();
            for (const [name, bytes] of files) {
                data.items.add(new File([new Uint8Array(bytes)], name));
            }
            const options = {dataTransfer: data, bubbles: true, cancelable: true};
            for (const type of ["dragenter", "dragover", "drop"]) {
                zone.dispatchEvent(new DragEvent(type, options));
            }
        }""",
        [[name, list(content)] for name, content in files],
    )


def sign_up(page: Page, name: str) -> None:
    """Make an account through the form."""
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=False).first.fill("three blue boats")
    page.get_by_label("Password confirmation").fill("three blue boats")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()
