"""Markup in whatever a stranger can write: nothing of it runs, under a strict policy too."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from django_universal_ai.models import Account, JobEvent, JobFile, Price, UniversalAIFile
from django_universal_ai.models import UniversalAIJob as Job
from tests.admin.conftest import EVENTS, LIST, WEBHOOKS, dead_letter, make_receipt, url_of
from tests.admin.test_files import FILES
from tests.rows import in_seconds, make_job

from .conftest import Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ATTACK = "</script><img src=x onerror=\"window.hacked=1;alert('hacked')\">"
SHORT = "<img src=x onerror=alert(1)>"  # for columns that are short
ACCOUNTS = "/admin/universal_ai/account/"
PRICES = "/admin/universal_ai/price/"
JSON: dict[str, Any] = {ATTACK: ATTACK, "text": ATTACK, "inner": [{ATTACK: [ATTACK]}]}


def attacked(status: str, **fields: Any) -> Job:
    """A job with markup in every field that takes any."""
    row: dict[str, Any] = {
        "requested_model": f"audio/speech_to_text_async/{ATTACK}",
        "feature": "audio",
        "subfeature": "speech_to_text_async",
        "provider": ATTACK,
        "model": ATTACK,
        "input": JSON,
        "provider_params": JSON,
        "fallbacks": [ATTACK],
        "user_webhook_parameters": JSON,
        "webhook_receiver": f"https://shop.example/{ATTACK}",
        "output": JSON,
        "error": JSON,
        "original_response": JSON,
        "metadata": JSON,
        "public_id": ATTACK,
        "idempotency_key": ATTACK,
        "note": ATTACK,
        "object_id": ATTACK,
        "owner": User.objects.get_or_create(username=ATTACK)[0],
    }
    job = make_job(status, **row | fields)
    file = UniversalAIFile.objects.store(b"<script>alert(1)</script>", name="a.png")
    UniversalAIFile.objects.filter(pk=file.pk).update(
        name=f"{ATTACK}.png", content_type=f"image/{ATTACK}", purpose=SHORT
    )
    JobFile.objects.create(job=job, file=file, field=ATTACK)
    JobEvent.objects.create(job=job, kind="deferred", detail={"reason": ATTACK, ATTACK: ATTACK})
    dead_letter(job, receipts={ATTACK: {"done": False, "tries": 8, "error": ATTACK}}, detail=JSON)
    make_receipt(job=job, reason=ATTACK, public_id=ATTACK, body=f'"{SHORT}')
    return job


def check(page: Page) -> None:
    page.wait_for_load_state("load")
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x], [onerror]").count() == 0


def test_the_page_of_a_job(open_page: Open) -> None:
    job = attacked("success", parent=attacked("fail", public_id="other", idempotency_key=None))
    page = open_page(url_of(job), is_strict=True)
    for summary in page.locator("#answer summary, #request summary").all():
        if summary.locator("xpath=..").get_attribute("open") is None and summary.is_visible():
            summary.click(position={"x": 3, "y": 8})
    check(page)
    assert page.get_by_text(ATTACK).count() > 20


def test_transcripts_and_pages(open_page: Open) -> None:
    entries = [{"segment": ATTACK, "speaker": who, "start_time": ATTACK} for who in (ATTACK, "2")]
    talk = attacked("success", output={"text": "", "diarization": {"entries": entries}})
    page = open_page(url_of(talk), is_strict=True)
    check(page)
    assert page.locator(".uai-turns div").count() == 2
    box = {"text": ATTACK, "left": 0.1, "top": 0.1, "width": 0.5, "height": 0.1}
    scan = attacked(
        "success",
        feature="ocr",
        subfeature="ocr",
        public_id="scan",
        idempotency_key=None,
        output={"text": ATTACK, "bounding_boxes": [box]},
    )
    link = scan.job_files.get()
    JobFile.objects.filter(pk=link.pk).update(field="file")
    png = UniversalAIFile.objects.store(PNG, name="a.png")
    JobFile.objects.filter(pk=link.pk).update(file=png)
    page.goto(url_of(scan))
    check(page)
    assert page.locator(".uai-sheet rect").count() == 1
    assert page.locator(".uai-sheet img").evaluate("image => image.naturalWidth") == 1


@pytest.mark.parametrize("action", ["resubmit", "give_up", "delete_remote"])
def test_confirmations(open_page: Open, action: str) -> None:
    attacked("uncertain")
    attacked("processing", public_id="at-work", idempotency_key=None)
    page = open_page(LIST, is_strict=True)
    page.locator("#action-toggle").check()
    page.get_by_label("Action:").select_option(action)
    page.locator("button[name=index]").click()
    page.locator(".uai-confirmation").wait_for()
    check(page)
    if action == "give_up":
        page.get_by_label("Reason").fill(ATTACK)
    page.locator("input[type=submit].default").click()
    page.wait_for_url(lambda url: "/change/" in url or url.endswith(LIST))
    check(page)


def test_adopting(open_page: Open) -> None:
    page = open_page(url_of(attacked("uncertain")), is_strict=True)
    page.get_by_label("Id at the service").fill(f"x{ATTACK}")
    page.get_by_role("button", name="Adopt this id").click()
    page.locator(".messagelist, .errorlist").first.wait_for()
    check(page)


@pytest.mark.parametrize("path", [LIST, EVENTS, FILES, WEBHOOKS, ACCOUNTS, PRICES])
def test_lists_and_each_row_in_them(open_page: Open, path: str) -> None:
    attacked("uncertain", posted_at=in_seconds(-6 * 86400))
    Account.objects.create(
        name=SHORT, refusal=ATTACK, paused_at=in_seconds(0), paused_by=ATTACK, pause_reason=ATTACK
    )
    Price.objects.create(name=SHORT, unit="page", amount=1)
    page = open_page(path, is_strict=True)
    check(page)
    page.locator("#result_list tbody th a").first.click()
    page.locator("#content-main form").wait_for()
    check(page)


def test_pausing_an_account(open_page: Open) -> None:
    Account.objects.create(name=SHORT, refusal=ATTACK)
    page = open_page(ACCOUNTS, is_strict=True)
    page.locator("#result_list tbody th a").first.click()
    page.get_by_role("button", name="Pause…").click()
    page.get_by_label("Reason").fill(ATTACK)
    check(page)
    page.get_by_role("button", name="Pause it").click()
    page.get_by_text("root paused this account at").wait_for()
    check(page)


def test_a_file_that_is_a_page_never_opens_as_one(open_page: Open) -> None:
    job = attacked("success")
    page = open_page(f"{FILES}{job.job_files.get().file_id}/change/", is_strict=True)
    with page.expect_download() as download:
        page.get_by_role("link", name="Open").click()
    assert download.value.path().read_bytes() == b"<script>alert(1)</script>"
    check(page)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636800000082008177cd72b60000000049454e44ae426082"
)
