from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ..conftest import PATIENCE, SAMPLES, Example
from .conftest import Open, done, drop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_a_recording_is_chosen_and_its_words_appear(page: Page) -> None:
    page.set_input_files("input[type=file]", SAMPLES / "speech.wav")
    page.wait_for_url("**/documents/*/")
    done(page)
    expect(page.locator(".text")).to_contain_text("please call me tomorrow morning")
    expect(page.locator(".note")).to_contain_text("pocketsphinx found 5 words")
    expect(page.locator("#announcement")).to_have_text("speech.wav: Done")
    page.click("text=All documents")
    expect(page.locator(".list")).to_contain_text("speech.wav")


def test_three_files_are_dropped_of_which_one_is_bad(page: Page) -> None:
    speech = (SAMPLES / "speech.wav").read_bytes()
    drop(page, ("first.wav", speech), ("letter.txt", b"no recording"), ("second.wav", speech))
    expect(page.get_by_role("alert")).to_contain_text("letter.txt: It isn't a recording")
    entries = page.locator("[data-document]")
    expect(entries).to_have_count(2)
    for name in ("first.wav", "second.wav"):
        entry = entries.filter(has_text=name)
        # Nobody reloads the page.
        expect(entry).to_contain_text("pocketsphinx found 5 words", timeout=PATIENCE * 1000)
        expect(entry.locator(".chip")).to_have_text("success")
    expect(page.locator("#queue li")).to_have_count(0)
    expect(page.get_by_role("alert")).to_contain_text("letter.txt")


def test_an_entry_that_has_the_focus_keeps_it_while_the_list_renews_itself(page: Page) -> None:
    speech = (SAMPLES / "speech.wav").read_bytes()
    drop(page, ("first.wav", speech), ("second.wav", speech))
    expect(page.locator("[data-document]")).to_have_count(2)
    entry = page.locator("[data-document]").filter(has_text="first.wav")
    entry.get_by_role("link").focus()
    expect(entry.locator(".chip")).to_have_text("success", timeout=PATIENCE * 1000)
    expect(entry.get_by_role("link")).to_be_focused()


def test_the_scanned_sample_shows_progress_and_then_its_pages(page: Page) -> None:
    page.click("text=Scanned minutes")
    page.wait_for_url("**/documents/*/")
    expect(page.get_by_role("progressbar", name="How much is done")).to_be_visible()
    done(page)
    expect(page.get_by_role("heading", name="Page 2 of 2")).to_be_visible()
    expect(page.locator("#text-1")).to_contain_text("Minutes of the meeting on 14 March 2025")


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


def test_a_page_that_came_before_the_receiver_ran_is_renewed(
    page: Page, tmp_path: Path, example: Example
) -> None:
    def write(note: str) -> None:
        script = (
            "from example_project.documents.models import Document;"
            f"Document.objects.filter(title='between.pdf').update(note={note!r})"
        )
        assert example.manage("shell", "-c", script).returncode == 0

    broken = tmp_path / "between.pdf"
    broken.write_bytes(b"%PDF-1.7 and nothing else")
    page.set_input_files("input[type=file]", broken)
    page.wait_for_url("**/documents/*/")
    done(page)
    write("")
    page.reload()
    expect(page.locator("#document")).to_have_attribute("data-settled", "no")
    write("The receiver ran.")
    done(page)


def test_the_keyboard_reaches_the_files_first(page: Page) -> None:
    for _ in range(5):  # past the link to the content, the site's name, logging in, signing up
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "file"


def test_without_scripts_it_works_too(open_page: Open, tmp_path: Path) -> None:
    page = open_page(java_script_enabled=False)
    letter = tmp_path / "letter.txt"
    letter.write_text("no recording")
    page.set_input_files("input[type=file]", [SAMPLES / "speech.wav", letter])
    page.get_by_role("button", name="Get the text").click()
    expect(page.locator(".message")).to_contain_text("letter.txt: It isn't a recording")
    page.locator(".list").get_by_text("speech.wav").click()
    page.locator(".text").wait_for(timeout=PATIENCE * 1000)  # the page renews itself
    expect(page.locator(".text")).to_contain_text("please call me tomorrow morning")
