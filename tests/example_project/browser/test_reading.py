"""What was read, beside what it was read from."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from ..conftest import SAMPLES
from .conftest import done

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def read(page: Page, name: str) -> Page:
    page.set_input_files("input[type=file]", SAMPLES / name)
    page.wait_for_url("**/documents/*/")
    done(page)
    return page


@pytest.fixture
def recording(page: Page) -> Page:
    """Played slowly: a word of half a second is easily missed by who looks every now and then."""
    read(page, "speech.wav")
    page.locator("audio").evaluate("(player) => { player.playbackRate = 0.2 }")
    return page


@pytest.fixture
def scan(page: Page) -> Page:
    return read(page, "scan.pdf")


def place(page: Page) -> float:
    """Where the player is, in seconds."""
    return float(page.locator("audio").evaluate("(player) => player.currentTime"))


class TestTranscript:
    def test_a_click_on_a_word_plays_from_there_and_marks_it(self, recording: Page) -> None:
        word = recording.locator("[data-word]", has_text="tomorrow")
        start = float(word.get_attribute("data-start") or "")
        assert start > 0.5
        word.click()
        expect(word).to_have_class("lit spoken")
        assert place(recording) >= start
        # It goes on by itself, and the mark with it.
        later = recording.locator("[data-word]", has_text="morning")
        expect(later).to_have_class("spoken", timeout=30_000)

    def test_arrow_keys_choose_a_word_and_enter_plays_from_it(self, recording: Page) -> None:
        recording.locator("#text-1").focus()
        for _ in range(3):
            recording.keyboard.press("ArrowRight")
        word = recording.locator("span.lit")
        expect(word).to_have_text("me")
        recording.keyboard.press("Enter")
        expect(word).to_have_class("lit spoken")
        assert place(recording) >= float(word.get_attribute("data-start") or "")

    def test_each_phrase_has_a_button(self, recording: Page) -> None:
        recording.get_by_role("button", name="Play from 0:00").click()
        expect(recording.locator(".spoken")).to_have_text("please")


class TestOverlay:
    def test_a_word_and_its_box_light_each_other_up(self, scan: Page) -> None:
        word = scan.locator("#text-1 [data-word]", has_text="euros").first
        key = word.get_attribute("data-word")
        box = scan.locator(f'rect[data-word="{key}"]')
        word.hover()
        expect(box).to_have_class("lit")
        other = scan.locator("rect").first
        other.hover()
        expect(box).not_to_have_class("lit")
        first = scan.locator("#text-1 [data-word]").first
        expect(first).to_have_class("lit")
        expect(first).to_have_text("Lantern")

    def test_the_boxes_lie_where_the_words_are(self, scan: Page) -> None:
        picture = scan.locator(".framed").first
        expect(picture.locator("img")).to_have_js_property("naturalHeight", 1600)
        frame = picture.bounding_box()
        title = picture.locator("rect").first.bounding_box()
        assert frame is not None
        assert title is not None
        # The sample's margin is 130 of 1240 pixels; its title begins there.
        assert (title["x"] - frame["x"]) / frame["width"] == pytest.approx(130 / 1240, abs=0.02)
        assert (title["y"] - frame["y"]) / frame["height"] == pytest.approx(130 / 1754, abs=0.02)

    def test_the_keyboard_goes_from_word_to_word(self, scan: Page) -> None:
        scan.locator("#text-1").focus()
        scan.keyboard.press("ArrowRight")
        scan.keyboard.press("ArrowRight")
        expect(scan.locator("span.lit")).to_have_text("Street")
        expect(scan.locator("rect.lit")).to_have_count(1)

    def test_on_a_phone_a_tap_brings_the_box_into_sight(
        self, scan: Page, phone: ViewportSize
    ) -> None:
        scan.set_viewport_size(phone)
        word = scan.locator("#text-1 [data-word]", has_text="Saturday")
        word.click()
        expect(scan.locator("rect.lit")).to_be_in_viewport()
        expect(word).to_be_in_viewport()
