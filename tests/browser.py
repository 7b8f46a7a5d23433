"""Chromium for the tests that drive a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: The first draws nothing for a screen that isn't there, which takes half of the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--mute-audio",
    "--no-first-run",
    "--no-sandbox",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium of this machine; skips loudly where there is none, fails in CI.

    One for all tests, each of which opens contexts of its own in it. While it lives, Playwright
    keeps an event loop in this thread, in which Django sees async code: see :func:`browsers_last`.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("No chromium on this machine: no page was looked at in a real browser.")
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


def browsers_last(items: list[pytest.Item]) -> None:
    """Move the tests that drive a browser behind all others, which want no event loop."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
