"""The desk as people see and use it in django-unfold's themes, on a desk and on a phone.

``UNIVERSAL_AI_PICTURES`` names a folder for pictures of the pages.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from django_universal_ai.models import Account
from tests.admin.browser.conftest import Open
from tests.admin.browser.test_actions import SIZES
from tests.admin.browser.test_dashboard import live
from tests.admin.browser.test_media import read, until
from tests.admin.conftest import LIST, dead_letter, make_receipt, url_of
from tests.admin.dashboard.conftest import DASHBOARD
from tests.marks import unfold
from tests.rows import fresh, in_seconds, make_job

pytestmark = [unfold, pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Look = Callable[[str], Page]
ACCOUNT = "/admin/universal_ai/account/default/change/"

#: Variables that came to no colour, for one of unfold's is gone. The index has no styles of ours.
UNKNOWN_COLOURS = """() => {
    if (!document.querySelector("link[href*='universal_ai/unfold.css']")) return [];
    const style = getComputedStyle(document.documentElement);
    return ["--body-fg", "--link-fg", "--darkened-bg", "--message-error-bg", "--selected-bg"]
        .filter(name => !CSS.supports("color", style.getPropertyValue(name).trim()));
}"""


@pytest.fixture(params=["light desk", "dark desk", "light phone", "dark phone"])
def look(request: pytest.FixtureRequest, open_page: Open) -> Look:
    """Opens a page in one of the themes and sizes."""
    scheme, size = request.param.split()

    def open_(path: str) -> Page:
        page = open_page(path, color_scheme=scheme, viewport=SIZES[size])
        page.locator(f"html{'.dark' if scheme == 'dark' else ':not(.dark)'}").wait_for()
        return page

    return open_


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """All colours are known, nothing sticks out; keeps a picture. axe-core judges in the end."""
    theme = request.node.callspec.params["look"].replace(" ", "-")

    def check_(page: Page, name: str) -> None:
        if folder := os.environ.get("UNIVERSAL_AI_PICTURES"):
            page.wait_for_timeout(300)
            page.screenshot(path=Path(folder) / f"{name}-{theme}.png", full_page=True)
        assert page.evaluate(UNKNOWN_COLOURS) == []
        sizes = "[document.documentElement.scrollWidth, window.innerWidth]"
        wide, window = page.evaluate(sizes)
        assert wide <= window

    return check_


def test_the_list_of_jobs(look: Look, check: Any) -> None:
    for status in ("pending", "submitting", "uncertain", "processing", "success", "fail"):
        job = make_job(status, requested_model="audio/speech_to_text_async/" + "deepgram" * 9)
    dead_letter(job)
    make_job("processing", submitted_at=in_seconds(-6 * 86400))
    Account.objects.create(name="default", refusal="402")
    page = look(LIST)
    assert page.locator(".uai-badge").count() == 8
    assert page.locator(".uai-totals dd").first.inner_text() == "7"
    check(page, "list")
    page.get_by_text("Filters").click()
    page.locator("#changelist-filter").get_by_role("link", name="failed", exact=True).click()
    page.wait_for_url("**?status__exact=fail")
    assert page.locator(".uai-totals dd").first.inner_text() == "1"
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    assert str(job.pk) in Path(download.value.path()).read_text()


def test_a_job_with_all_that_it_may_hold(look: Look, check: Any) -> None:
    entry = {"segment": "Please call me", "start_time": "0.2", "speaker": 1}
    talk = {"text": "all", "diarization": {"total_speakers": 1, "entries": [entry]}}
    job = read("speech.wav", output=talk, input={"language": "en"})
    dead_letter(job)
    make_receipt(job=job)
    page = look(url_of(job))
    assert page.locator("#timeline li").count() >= 3
    check(page, "job")
    page.get_by_role("button", name="Deliver again").click()
    page.locator("#timeline").wait_for()
    check(page, "job-delivered")


def test_a_read_page_has_its_picture_and_its_boxes(look: Look, check: Any) -> None:
    box = {"left": 0.1, "top": 0.1, "width": 0.8, "height": 0.05}
    words = [{"text": "Minutes", "bounding_box": box, "confidence": 1}]
    output = {"raw_text": "Minutes", "pages": [{"lines": [{"text": "Minutes", "words": words}]}]}
    job = read("scan.pdf", output=output, feature="ocr", subfeature="ocr_async")
    page = look(url_of(job))
    page.locator(".uai-sheet img").scroll_into_view_if_needed()
    until(page, "document.querySelector('.uai-sheet img').naturalWidth > 0")
    assert page.locator(".uai-sheet rect").count() == 1
    check(page, "sheet")


def test_a_token_is_made_and_shown(look: Look, check: Any) -> None:
    page = look("/admin/universal_ai_gateway/token/add/")
    page.get_by_label("Allowed features").fill("ocr")
    check(page, "token-form")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#new-token").wait_for()
    check(page, "token")


def test_an_uncertain_job_is_given_up(look: Look, check: Any) -> None:
    job = make_job("uncertain")
    page = look(url_of(job))
    check(page, "uncertain")
    page.get_by_role("button", name="Give up…").click()
    page.get_by_role("heading", name="Give up?").wait_for()
    page.get_by_role("button", name="Give it up").click()
    page.get_by_text("Say why.").wait_for()
    check(page, "give-up")
    page.get_by_label("Reason").fill("Nobody waits for it.")
    page.get_by_role("button", name="Give it up").dblclick()
    page.locator("#answer").get_by_text("Nobody waits for it.").wait_for()
    assert fresh(job).status == "fail"


def test_jobs_of_the_list_are_sent_again(look: Look, check: Any) -> None:
    jobs = [make_job("fail"), make_job("uncertain")]
    page = look(LIST)
    for box in page.locator("#result_list input.action-select").all():
        box.check()
    page.locator("select[name=action]").select_option("resubmit")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("heading", name="Resubmit?").wait_for()
    check(page, "resubmit")
    page.get_by_role("button", name="Resubmit all 2").click()
    page.get_by_text("2 new jobs").or_(page.get_by_text("2 jobs")).first.wait_for()
    assert all(job.resubmissions.count() == 1 for job in jobs)


def test_an_account_is_paused(look: Look, check: Any) -> None:
    Account.objects.create(name="default")
    page = look(ACCOUNT)
    page.get_by_role("button", name="Pause…").click()
    page.get_by_label("Reason").fill("The budget is spent.")
    check(page, "pause")
    page.get_by_role("button", name="Pause it").click()
    page.get_by_role("button", name="Resume").wait_for()
    check(page, "account")
    assert Account.objects.get().paused_at


def test_the_dashboard(look: Look, check: Any) -> None:
    live(300)
    page = look("/admin/universal_ai/")
    check(page, "index")
    page.locator(".uai-dashboard-link").click()
    page.wait_for_url(f"**{DASHBOARD}")
    page.get_by_role("link", name="30 days").click()
    page.get_by_role("heading", name="Ended in 30 days").wait_for()
    for summary in page.locator(".uai-dashboard details > summary").all():
        summary.click()
    check(page, "dashboard")
