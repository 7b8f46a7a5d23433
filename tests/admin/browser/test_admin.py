"""The admin as people see and use it."""

from __future__ import annotations

from typing import Any

import pytest

from django_universal_ai.backends import backends
from django_universal_ai.models import Account, JobEvent, ReceiptState
from tests.admin.conftest import EVENTS, LIST, WEBHOOKS, dead_letter, make_receipt, url_of
from tests.rows import error_of, fresh, in_seconds, make_job

from .conftest import PHONE, Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ATTACK = "</script><img src=x onerror=\"window.hacked = 1; alert('hacked')\">"

#: Every badge with too little contrast between its word and its ground (WCAG AA wants 4.5).
PALE = """() => [...document.querySelectorAll(".uai-badge, .uai-notice")].map(element => {
    const light = colour => {
        const [r, g, b] = colour.match(/[0-9.]+/g).map(Number).map(part => {
            part /= 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const style = getComputedStyle(element);
    const [dark, bright] = [light(style.color), light(style.backgroundColor)].sort();
    return [element.textContent, (bright + 0.05) / (dark + 0.05)];
}).filter(([_text, contrast]) => contrast < 4.5)"""


def test_json_is_inert_and_folds(open_page: Open) -> None:
    inner = {"words": [{"text": ATTACK}] * 30}
    job = make_job("success", output={"text": ATTACK, ATTACK: ATTACK, "inner": inner})
    page = open_page(url_of(job))
    assert page.evaluate("window.hacked") is None
    assert page.locator("#answer img, #text img").count() == 0
    assert page.get_by_text(ATTACK).first.is_visible()
    long = page.locator(".uai-json details", has_text="words").last
    assert long.get_attribute("open") is None
    long.locator("summary").first.click()
    assert long.get_attribute("open") is not None


def test_a_double_click_on_resubmit_makes_one_job(open_page: Open) -> None:
    job = make_job("uncertain")
    page = open_page(url_of(job))
    page.get_by_role("button", name="Resubmit…").click()
    assert page.get_by_text("you pay for it twice").is_visible()
    page.get_by_role("button", name="Resubmit it").dblclick()
    # The confirmation may have the first one's address.
    page.wait_for_url(lambda url: url.endswith("/change/") and str(job.pk) not in url)
    assert page.url.endswith(url_of(job.resubmissions.get()))


def test_an_uncertain_job_adopts_an_id_by_a_double_click(open_page: Open) -> None:
    job = make_job("uncertain")
    public_id = backends["default"].submit(job.request).public_id
    page = open_page(url_of(job))
    page.get_by_label("Id at the service").press("Enter")
    page.get_by_text("Enter the id that the service shows for it.").wait_for()
    page.get_by_label("Id at the service").fill("no-such-job")
    page.get_by_role("button", name="Adopt this id").click()
    page.get_by_text("Job not found.").wait_for()
    page.get_by_label("Id at the service").fill(public_id)
    page.get_by_role("button", name="Adopt this id").dblclick()
    page.get_by_text("The job has its id now.").first.wait_for()
    assert page.url.endswith(url_of(job))
    assert (fresh(job).status, fresh(job).public_id) == ("success", public_id)


def test_an_uncertain_job_is_given_up_by_a_double_click(open_page: Open) -> None:
    job = make_job("uncertain")
    page = open_page(url_of(job))
    page.get_by_role("button", name="Give up…").click()
    page.get_by_label("Reason").fill("Nobody waits for it.")
    page.get_by_role("button", name="Give it up").dblclick()
    page.wait_for_url(f"**{url_of(job)}")
    page.locator("#answer").get_by_text("Nobody waits for it.").wait_for()
    assert (fresh(job).status, error_of(job)["type"]) == ("fail", "given_up")
    assert JobEvent.objects.filter(job=job, kind="failed").count() == 1


def test_select_in_the_list_and_step_back_from_the_confirmation(open_page: Open) -> None:
    job = make_job("fail")
    page = open_page(LIST)
    page.get_by_role("checkbox").last.check()
    page.get_by_label("Action:").select_option("resubmit")
    page.locator("button[name=index]").click()
    page.get_by_role("button", name="No, take me back").or_(
        page.get_by_role("link", name="No, take me back")
    ).click()
    page.wait_for_url(f"**{LIST}")
    assert job.resubmissions.count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_in_every_theme(open_page: Open, scheme: Any) -> None:
    for status in ("pending", "submitting", "uncertain", "processing", "success", "fail"):
        dead_letter(make_job(status))
    Account.objects.create(name="default", refusal="402")
    make_job("processing", submitted_at=in_seconds(-6 * 86400))
    for state in ReceiptState.values:
        make_receipt(state=state)
    for path, badges in ((LIST, 8), (EVENTS, 6), (WEBHOOKS, 10)):
        page = open_page(path, color_scheme=scheme)
        assert page.locator(".uai-badge").count() >= badges
        assert page.evaluate(PALE) == []


@pytest.mark.parametrize("path", ["list", "page", "resubmit", "give_up", "adopt", "webhooks"])
def test_nothing_sticks_out_on_a_phone(open_page: Open, path: str) -> None:
    job = make_job(
        "uncertain",
        public_id="x" * 200,
        note="y" * 400,
        output={"key" * 50: "word" * 500},
        requested_model="audio/speech_to_text_async/" + "deepgram" * 20,
    )
    dead_letter(job)
    make_receipt(job=job, reason="z" * 400, body=f'{{"{"key" * 50}": "{"word" * 500}"}}')
    url = {"list": LIST, "webhooks": WEBHOOKS}.get(path, url_of(job))
    page = open_page(url, viewport=PHONE)
    if button := {"resubmit": "Resubmit…", "give_up": "Give up…", "adopt": "Adopt"}.get(path):
        page.get_by_role("button", name=button).click()
        page.locator(".uai-confirmation .cancel-link").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    if path == "webhooks":
        page.locator("#result_list tbody th a").first.click()
        page.locator("#webhookreceipt_form").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
