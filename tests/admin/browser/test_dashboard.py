"""The dashboard as people see it.

``UNIVERSAL_AI_PICTURES=docs/images`` keeps its pictures there, for the documentation.
"""

from __future__ import annotations

import os
import random
import uuid
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from django_universal_ai.backends import backends
from django_universal_ai.engine import counting
from django_universal_ai.models import Account, Uncounted
from tests.admin.conftest import dead_letter
from tests.admin.dashboard.conftest import DASHBOARD
from tests.rows import make_job

from .conftest import PHONE, Open
from .test_admin import PALE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Feature, subfeature, provider, credits and seconds of a job, and how many there are.
KINDS: list[tuple[str, str, str, str, float, float]] = [
    ("ocr", "ocr_async", "amazon", "0.0015", 20, 9),
    ("ocr", "financial_parser", "mindee", "0.1", 6, 3),
    ("audio", "speech_to_text_async", "deepgram", "0.024", 60, 8),
    ("audio", "speech_to_text_async", "google", "0.03", 90, 5),
    ("image", "generation", "openai", "0.04", 14, 2),
    ("text", "moderation", "better-profanity", "0", 0.2, 4),
    ("video", "generation_async", "minimax", "0.2", 200, 0.4),
    ("ocr", "ocr_async", "rapidocr", "0", 4, 6),
]

#: Marks of the plots with too little contrast to the page (WCAG wants 3 for graphics).
FAINT = """() => {
    const light = colour => {
        const [r, g, b] = colour.match(/[0-9.]+/g).map(Number).map(part => {
            part /= 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = light(getComputedStyle(document.body).backgroundColor);
    return [...document.querySelectorAll(".uai-legend rect")].map(element => {
        const [dark, bright] = [ground, light(getComputedStyle(element).fill)].sort();
        return [element.className.baseVal, (bright + 0.05) / (dark + 0.05)];
    }).filter(([_name, contrast]) => contrast < 3);
}"""


def live(jobs: int = 2000) -> None:
    """Thirty days of a site, always the same."""
    dice = random.Random(5)  # noqa: S311 - made-up jobs, no secret
    now = timezone.now()
    notes = []
    for _ in range(jobs):
        feature, subfeature, provider, cost, usual, _share = dice.choices(
            KINDS, weights=[kind[-1] for kind in KINDS]
        )[0]
        end = now - timedelta(days=30) * dice.random() ** 1.6
        took = timedelta(seconds=dice.lognormvariate(0, 0.5) * usual)
        failed = dice.random() < (0.12 if provider == "google" else 0.02)
        notes.append(
            Uncounted(
                job_id=uuid.uuid4(),
                counts_request=True,
                counts_end=True,
                status="fail" if failed else "success",
                backend="default",
                feature=feature,
                subfeature=subfeature,
                provider=provider,
                cost=Decimal(0) if failed else Decimal(cost) * dice.randint(1, 9),
                requested_at=end - took - timedelta(seconds=3),
                submitted_at=end - took,
                finished_at=end,
            )
        )
    Uncounted.objects.bulk_create(notes)
    counting.count_all()
    for status, count in (("pending", 5), ("submitting", 1), ("processing", 9), ("uncertain", 2)):
        for _ in range(count):
            make_job(status, requested_at=now - timedelta(minutes=dice.random() * 12))
    dead_letter(make_job("success"))
    Account.objects.create(name=backends["default"].account)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_can_be_read_in_every_theme(open_page: Open, scheme: Any, tmp_path: Path) -> None:
    live()
    size = {"width": 1180, "height": 800}
    page = open_page(f"{DASHBOARD}?range=30d", color_scheme=scheme, viewport=size)
    assert page.locator(".uai-bars rect:not(.uai-hover)").count() > 60
    assert page.locator(".uai-legend rect").count() >= 7
    assert page.evaluate(FAINT) == []
    assert page.evaluate(PALE) == []
    folder = Path(os.environ.get("UNIVERSAL_AI_PICTURES") or tmp_path)
    page.locator("#content").screenshot(path=folder / f"dashboard-{scheme}.png")


@pytest.mark.parametrize("shown", ["24h", "7d", "30d"])
def test_nothing_sticks_out_on_a_phone(open_page: Open, shown: str) -> None:
    live(300)
    make_job("pending", requested_model="audio/x/" + "deepgram" * 20, note="y" * 400)
    Account.objects.create(name="a" * 100, refusal="z" * 400)
    page = open_page(f"{DASHBOARD}?range={shown}", viewport=PHONE)
    for summary in page.locator("details > summary").all():
        summary.click()
    assert page.locator("details[open]").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_plot_and_its_table_say_the_same(open_page: Open) -> None:
    live(300)
    page = open_page(f"{DASHBOARD}?range=7d")
    page.locator("#jobs summary").press("Enter")
    rows = page.locator("#jobs tbody tr").all()
    words = page.locator("#jobs .uai-column title").all_text_contents()
    assert len(rows) == len(words) == 7
    for row, said in zip(rows, words, strict=True):
        asked, succeeded = (row.locator("td").nth(place).text_content() for place in (0, 1))
        assert f"succeeded {succeeded}" in said
        assert f"asked for {asked}" in said


def test_is_found_by_its_buttons_and_shows_another_range_by_keyboard(open_page: Open) -> None:
    make_job("pending")
    page = open_page("/admin/universal_ai/")
    page.get_by_role("link", name="Dashboard").click()
    page.get_by_role("link", name="7 days").press("Enter")
    page.wait_for_url("**/dashboard/?range=7d")
    assert page.get_by_role("link", name="7 days").get_attribute("aria-current") == "true"
    assert page.get_by_role("img", name="Jobs per day").count() == 1
    page.get_by_role("link", name="1 waiting").or_(page.locator("#now a").first).first.click()
    page.wait_for_url("**/universalaijob/?status__exact=pending")
    page.get_by_role("link", name="Dashboard").first.click()
    page.wait_for_url("**/dashboard/")
