"""Each action as people do it, from the button to what came of it, in each theme and size."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from django_universal_ai.backends import backends
from django_universal_ai.models import Account, UniversalAIJob
from tests.admin.conftest import EVENTS, LIST, dead_letter, url_of
from tests.rows import change, fresh, make_job

from .conftest import PHONE, Open
from .test_admin import PALE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ACCOUNT = "/admin/universal_ai/account/default/change/"
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": PHONE}


@pytest.fixture(params=["light desk", "dark desk", "light phone", "dark phone"])
def look(request: pytest.FixtureRequest, open_page: Open) -> Any:
    """Opens a page in one of the themes and sizes, under a strict policy."""
    scheme, size = request.param.split()

    def open_(path: str) -> Page:
        return open_page(path, is_strict=True, color_scheme=scheme, viewport=SIZES[size])

    return open_


def check(page: Page) -> None:
    """All words can be read, and nothing sticks out."""
    assert page.evaluate(PALE) == []
    sizes = "[document.documentElement.scrollWidth, window.innerWidth]"
    wide, window = page.evaluate(sizes)
    assert wide <= window


def at_the_service(status: str) -> UniversalAIJob:
    job = make_job(status)
    return change(job, public_id=backends["default"].submit(job.request).public_id)


def done(page: Page, words: str) -> None:
    page.get_by_text(words).first.wait_for()
    check(page)


def test_refresh(look: Open) -> None:
    page = look(url_of(at_the_service("processing")))
    check(page)
    page.get_by_role("button", name="Refresh").click()
    done(page, "1 job ended in success.")


def test_resubmit(look: Open) -> None:
    job = make_job("fail", requested_model="ocr/ocr_async/amazon", feature="ocr",
                   subfeature="ocr_async", provider="amazon")  # fmt: skip
    page = look(url_of(job))
    page.get_by_role("button", name="Resubmit…").click()
    page.get_by_label("Who does it").select_option("ocr/ocr_async/rapidocr")
    check(page)
    page.get_by_role("button", name="Resubmit it").dblclick()
    done(page, "1 job")
    assert job.resubmissions.get().requested_model == "ocr/ocr_async/rapidocr"


def test_give_up(look: Open) -> None:
    job = make_job("uncertain")
    page = look(url_of(job))
    check(page)
    page.get_by_role("button", name="Give up…").click()
    page.get_by_label("Reason").fill("Nobody waits for it.")
    check(page)
    page.get_by_role("button", name="Give it up").dblclick()
    done(page, "Nobody waits for it.")
    assert fresh(job).status == "fail"


def test_delete_at_the_service(look: Open) -> None:
    job = at_the_service("processing")
    page = look(url_of(job))
    page.get_by_role("button", name="Delete at the service…").click()
    page.get_by_text("promise to stop its work").wait_for()
    check(page)
    page.get_by_role("button", name="Delete it there").dblclick()
    done(page, "Deleted at the service")
    assert job.events.filter(kind="noticed").count() == 1


def test_deliver_again(look: Open) -> None:
    event = dead_letter(make_job("success"))
    page = look(url_of(event.job))
    check(page)
    page.get_by_role("button", name="Deliver again").click()
    done(page, "1 signal will be delivered again.")
    page.goto(f"{EVENTS}{event.pk}/change/")
    page.get_by_role("button", name="Deliver again").click()
    done(page, "1 signal will be delivered again.")


def test_pause_and_resume(look: Open) -> None:
    Account.objects.create(name="default")
    page = look(ACCOUNT)
    page.get_by_role("button", name="Pause…").click()
    page.get_by_label("Reason").fill("The bill is odd.")
    check(page)
    page.get_by_role("button", name="Pause it").dblclick()
    done(page, "root paused this account at")
    page.goto(LIST)
    done(page, "root paused this account at")
    page.goto(ACCOUNT)
    page.get_by_role("button", name="Resume").click()
    done(page, "1 account goes on.")
