"""The list of jobs as people see and use it.

``UNIVERSAL_AI_PICTURES=docs/images`` keeps its pictures there, for the documentation.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from playwright.sync_api import Page

from django_universal_ai.models import UniversalAIJob
from tests.admin.conftest import LIST
from tests.rows import AUDIO, in_seconds, learned, make_job

from .conftest import PHONE, Open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ATTACK = "</script><img src=x onerror=alert(1)>"
#: Colours of words and of what is behind them that are too much alike for people (WCAG AA).
FAINT = """() => {
    const light = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(part => {
            part /= 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const back = element => getComputedStyle(element).backgroundColor;
    const words = document.querySelectorAll('.uai-totals :is(h2, dt, dd), .uai-export *');
    return [...words].map(each => {
        let behind = each;
        while (/, 0\\)$/.test(back(behind))) behind = behind.parentElement;
        const pair = [getComputedStyle(each).color, back(behind)].map(light);
        const [dark, bright] = pair.sort((one, other) => one - other);
        return [each.textContent.trim(), (bright + 0.05) / (dark + 0.05)];
    }).filter(([_text, contrast]) => contrast < 4.5);
}"""


@pytest.fixture
def hostile(transactional_db: None) -> UniversalAIJob:
    """A job whose every text wants to be more than a text."""
    group = Group.objects.create(name=ATTACK)
    return make_job(
        "fail",
        requested_model=f"ocr/ocr/{ATTACK}",
        feature=ATTACK,
        subfeature=ATTACK,
        provider=ATTACK,
        model=ATTACK,
        public_id=ATTACK,
        note=ATTACK,
        owner=User.objects.create(username=ATTACK),
        content_type=ContentType.objects.get_for_model(group),
        object_id=ATTACK,
        input={ATTACK: ATTACK},
        metadata={ATTACK: [ATTACK]},
        output={"text": ATTACK},
        error={"message": ATTACK},
        original_response=[ATTACK],
    )


def shown(page: Page) -> int:
    return page.locator("#result_list tbody tr").count()


def test_what_is_stored_never_runs(open_page: Open, hostile: UniversalAIJob) -> None:
    for query in (
        "",
        f"?q={hostile.pk}",
        "?provider=%3C/script%3E%3Cimg src=x onerror=alert(1)%3E",
    ):
        page = open_page(f"{LIST}{query}")
        assert page.locator("#content img[src=x]").count() == 0
        assert page.get_by_text(ATTACK).first.is_visible()


def test_an_export_is_saved_and_never_shown(
    open_page: Open, hostile: UniversalAIJob, tmp_path: Path
) -> None:
    page = open_page(f"{LIST}?status__exact=fail")
    for button, name in (("CSV", "jobs.csv"), ("JSON lines", "jobs.jsonl")):
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        download.value.save_as(tmp_path / name)
    assert page.url.endswith("?status__exact=fail")
    assert json.loads((tmp_path / "jobs.jsonl").read_text())["output"] == {"text": ATTACK}
    assert str(hostile.pk) in (tmp_path / "jobs.csv").read_text()


def test_chosen_jobs_are_exported(open_page: Open, tmp_path: Path) -> None:
    rows = [make_job("success") for _ in range(2)]
    page = open_page(LIST)
    page.get_by_role("checkbox").last.check()
    page.get_by_label("Action:").select_option("export_json_lines")
    with page.expect_download() as download:
        page.locator("button[name=index]").click()
    download.value.save_as(tmp_path / "jobs.jsonl")
    (line,) = (tmp_path / "jobs.jsonl").read_text().splitlines()
    assert json.loads(line)["id"] in {str(job.pk) for job in rows}


def test_from_the_whole_to_a_few(open_page: Open) -> None:
    began = in_seconds(-600)
    learned("default", AUDIO, [10] * 20)
    make_job("processing", requested_at=began, submitted_at=began)
    make_job("fail", owner=User.objects.create_user("ada"))
    for days in (3, 400):
        make_job("success", requested_at=timezone.now() - timedelta(days=days))
    page = open_page(LIST)
    assert shown(page) == 4
    page.get_by_role("link", name="Slower than 95 % of its kind").click()
    page.wait_for_url("**?slow=yes")
    assert shown(page) == 1
    assert page.locator(".uai-badge", has_text="slow").is_visible()
    page.goto(LIST)
    page.get_by_role("link", name="ada", exact=True).click()
    page.wait_for_url("**?owner=*")
    assert shown(page) == 1
    assert page.locator(".uai-totals dd").first.inner_text() == "1"
    page.goto(LIST)
    year = str((timezone.localtime() - timedelta(days=400)).year)
    page.locator(".toplinks").get_by_role("link", name=year).click()
    page.wait_for_url(f"**?requested_at__year={year}")
    assert shown(page) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_totals_can_be_read_in_every_theme(open_page: Open, scheme: Any) -> None:
    make_job("success")
    page = open_page(LIST, color_scheme=scheme)
    assert page.locator(".uai-totals dd").count() == 5
    assert page.evaluate(FAINT) == []


def test_totals_and_export_fit_on_a_phone(open_page: Open) -> None:
    for status in ("success", "fail", "uncertain"):
        make_job(status, requested_model="audio/speech_to_text_async/" + "deepgram" * 20)
    page = open_page(LIST, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for place in (".uai-totals", ".uai-export"):
        box = page.locator(place).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= PHONE["width"]
    assert page.get_by_role("button", name="JSON lines", exact=True).is_visible()


#: What is wider than its place, or beside the window, of the rows.
OUTSIDE = """() => {
    const { right } = document.querySelector(".results").getBoundingClientRect();
    return [...document.querySelectorAll("#result_list tbody > tr > *")]
        .filter(cell => cell.getBoundingClientRect().right > right + 1 || cell.offsetWidth < 5)
        .map(cell => cell.className);
}"""


def a_morning() -> None:
    """Jobs of many kinds, one after the other."""
    berta = User.objects.create_user("berta.lindqvist")
    learned("default", AUDIO, [10] * 20)
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("processing", AUDIO, {"submitted_at": in_seconds(-70)}),
        ("pending", "ocr/ocr_async/amazon", {}),
        ("uncertain", "audio/speech_to_text_async/openai/whisper-1", {"owner": berta}),
        ("success", "ocr/ocr_async/amazon", {"cost": Decimal("0.0015"), "owner": berta}),
        ("fail", AUDIO, {"owner": berta}),
        ("success", AUDIO, {"cost": Decimal("0.0244"), "provider": "deepgram"}),
        ("success", "image/generation/openai", {"cost": Decimal("0.04"), "owner": berta}),
        ("success", "ocr/financial_parser/mindee", {"cost": Decimal("0.1")}),
    ]
    for place, (status, model, fields) in enumerate(kinds):
        feature, subfeature, provider = model.split("/")[:3]
        row = {"feature": feature, "subfeature": subfeature, "provider": provider, **fields}
        asked = in_seconds(-90 - 700 * place)
        ended = asked + timedelta(seconds=20 + 9 * place)
        row |= {"finished_at": ended} if status in ("success", "fail") else {}
        job = make_job(status, requested_model=model, requested_at=asked, **row)
        kind = ContentType.objects.get_for_model(Group)
        if place % 3 == 0:
            UniversalAIJob.objects.filter(pk=job.pk).update(content_type=kind, object_id=place + 1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_columns_fit_beside_the_filter(open_page: Open, scheme: Any, tmp_path: Path) -> None:
    a_morning()
    size = {"width": 1280, "height": 800}
    page = open_page(LIST, color_scheme=scheme, viewport=size)
    assert shown(page) == 8
    assert page.evaluate(OUTSIDE) == []
    folder = Path(os.environ.get("UNIVERSAL_AI_PICTURES") or tmp_path)
    page.locator("#content").screenshot(path=folder / f"jobs-{scheme}.png")


def test_a_job_is_a_card_on_a_phone(open_page: Open) -> None:
    a_morning()
    page = open_page(LIST, viewport=PHONE)
    assert page.evaluate(OUTSIDE.replace("|| cell.offsetWidth < 5", "")) == []
    assert page.get_by_text("0.0244 credits").is_visible()
    page.locator("#action-toggle").check()
    assert page.get_by_text("8 of 8 selected").is_visible()


def test_the_keyboard_is_enough(open_page: Open) -> None:
    make_job("success")
    page = open_page(LIST)
    page.get_by_role("button", name="CSV", exact=True).focus()
    with page.expect_download():
        page.keyboard.press("Enter")
