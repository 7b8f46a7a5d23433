"""The pages in a real browser, with a real worker behind them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from .conftest import PATIENCE, SAMPLES, Example

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")
PHONE = ViewportSize(width=390, height=844)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Example(tmp_path_factory.mktemp("example") / "var").served() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """The front page; a mistake in a script fails the test."""
    context = browser.new_context(base_url=site)
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    mistakes: list[str] = []
    page.on("pageerror", lambda error: mistakes.append(str(error)))
    page.goto("/")
    yield page
    context.close()
    assert mistakes == []


def done(page: Page) -> None:
    expect(page.locator("#document")).to_have_attribute(
        "data-settled", "yes", timeout=PATIENCE * 1000
    )


def test_a_recording_is_chosen_and_its_words_appear(page: Page) -> None:
    page.set_input_files("input[type=file]", SAMPLES / "speech.wav")
    page.wait_for_url("**/documents/*/")
    done(page)
    expect(page.locator(".text")).to_have_text("please call me tomorrow morning")
    expect(page.locator(".note")).to_contain_text("pocketsphinx found 5 words")
    expect(page.get_by_role("status")).to_have_text("Done")
    page.click("text=All documents")
    expect(page.locator(".list")).to_contain_text("speech.wav")


def test_the_scanned_sample_shows_progress_and_then_its_pages(page: Page) -> None:
    page.click("text=Scanned minutes")
    page.wait_for_url("**/documents/*/")
    expect(page.get_by_role("progressbar", name="How much is done")).to_be_visible()
    done(page)
    expect(page.get_by_role("heading", name="Page 2 of 2")).to_be_visible()
    expect(page.locator("#text-1")).to_contain_text("Minutes of the meeting on 14 March 2025")


def test_a_file_is_dropped(page: Page) -> None:
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(["no recording"], "letter.txt"));
            dispatchEvent(new DragEvent("drop", {dataTransfer: data, cancelable: true}));
        }"""
    )
    expect(page.get_by_role("alert")).to_contain_text("“letter.txt” isn't a recording")
    expect(page.get_by_text("Choose a file", exact=True)).to_be_visible()


def test_a_failure_is_told_in_words_and_can_be_tried_again(page: Page, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and nothing else")
    page.set_input_files("input[type=file]", broken)
    page.wait_for_url("**/documents/*/")
    done(page)
    expect(page.get_by_role("alert")).to_contain_text("broken.pdf is a damaged PDF file")
    page.get_by_role("button", name="Try again").click()
    done(page)
    expect(page.get_by_role("alert")).to_contain_text("broken.pdf is a damaged PDF file")


def test_the_keyboard_reaches_the_file_first(page: Page) -> None:
    for _ in range(4):  # past the link to the content, the name of the site and the admin
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "file"


def test_without_scripts_it_works_too(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.set_input_files("input[type=file]", SAMPLES / "speech.wav")
    page.get_by_role("button", name="Get the text").click()
    page.wait_for_url("**/documents/*/")
    page.locator(".text").wait_for(timeout=PATIENCE * 1000)  # the page renews itself
    expect(page.locator(".text")).to_have_text("please call me tomorrow morning")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_in_one_direction_only(
    browser: Browser, site: str, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(base_url=site, viewport=PHONE, color_scheme=scheme)
    page = context.new_page()
    page.goto("/")
    page.click("text=Spoken sentence")
    page.wait_for_url("**/documents/*/")
    done(page)
    for address in (page.url, "/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    context.close()
