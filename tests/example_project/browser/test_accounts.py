from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from ..conftest import PATIENCE, SAMPLES, Example
from .conftest import Open, done, drop, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


def test_what_a_visitor_brought_is_hers_after_signing_up(page: Page, open_page: Open) -> None:
    page.set_input_files("input[type=file]", SAMPLES / "speech.wav")
    page.wait_for_url("**/documents/*/")
    sign_up(page, "ann")
    expect(page.locator(".list")).to_contain_text("speech.wav")
    page.get_by_role("link", name="ann").click()
    expect(page.get_by_role("table")).to_contain_text("Recordings")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()

    elsewhere = open_page("/account/log-in/")
    elsewhere.get_by_label("Username").fill("ann")
    elsewhere.get_by_label("Password").fill("three blue boats")
    elsewhere.get_by_role("button", name="Log in").click()
    expect(elsewhere.locator(".list")).to_contain_text("speech.wav")


def test_a_spent_budget_stops_an_upload_in_words(page: Page, example: Example) -> None:
    sign_up(page, "ben")
    budget = (
        "from django.contrib.auth.models import User;"
        "from example_project.accounts.models import Purse;"
        "Purse.objects.create(user=User.objects.get(username='ben'), budget='0.06')"
    )
    assert example.manage("shell", "-c", budget).returncode == 0
    scan = (SAMPLES / "scan.pdf").read_bytes()
    drop(page, ("first.pdf", scan), ("second.pdf", scan))
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("Your budget of 0.060 credits for", timeout=PATIENCE * 1000)
    expect(refusal).to_contain_text("0.050 are used, and this one needs 0.050.")
    entry = page.locator("[data-document]")
    expect(entry).to_have_count(1)
    expect(entry.locator(".chip")).to_have_text("success", timeout=PATIENCE * 1000)
    page.reload()
    expect(page.locator(".standing")).to_contain_text("0.02 of 0.06 credits spent")
    page.get_by_role("link", name="ben").click()
    expect(page.get_by_role("row", name="Documents")).to_contain_text("0.020")


def test_the_admin_keeps_to_the_sites_policy(open_page: Open) -> None:
    page = open_page("/admin/")
    page.get_by_label("Username").fill("demo")
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Log in").click()
    for place in ("Jobs", "Prices", "Purses"):
        page.goto("/admin/")
        page.locator("#content-main").get_by_role("link", name=place, exact=True).click()
        expect(page.get_by_role("heading", name="Select")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_in_one_direction_only(
    open_page: Open, scheme: Literal["light", "dark"], phone: ViewportSize
) -> None:
    page = open_page(viewport=phone, color_scheme=scheme)
    page.goto("/account/sign-up/")
    assert_fits(page)
    page.goto("/")
    sign_up(page, f"carla-{scheme}")
    for sample in ("Spoken sentence", "Scanned minutes"):
        page.get_by_role("button", name=sample).click()
        page.wait_for_url("**/documents/*/")
        done(page)
        assert_fits(page)
        page.goto("/")
    assert_fits(page)
    page.goto("/account/")
    assert_fits(page)


def assert_fits(page: Page) -> None:
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] == width[1], page.url
