"""The dates above the list."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django import Settings

from tests.rows import make_job

from .conftest import LIST


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("UTC"))


def dates(client: Client, query: str = "") -> tuple[str, list[str]]:
    """The way up, and the choices."""
    found: dict[str, Any] = client.get(f"{LIST}?{query}").context["cl"].dates
    return found.get("back", {}).get("title", ""), [each["title"] for each in found["choices"]]


def test_years_then_months_then_days(root: Client) -> None:
    job = make_job("success", requested_at=at("2024-11-29T12:00"))
    make_job("success", requested_at=at("2026-02-03T12:00"))
    assert dates(root) == ("", ["2024", "2025", "2026"])
    year = "requested_at__year=2024"
    assert dates(root, year) == ("All dates", ["November 2024", "December 2024"])
    month = f"{year}&requested_at__month=11"
    assert dates(root, month) == ("2024", ["November 29", "November 30"])
    day = f"{month}&requested_at__day=29"
    assert dates(root, day) == ("November 2024", ["November 29"])
    assert list(root.get(f"{LIST}?{day}").context["cl"].result_list) == [job]


def test_begins_where_there_is_a_choice(root: Client) -> None:
    make_job("success", requested_at=at("2026-02-27T12:00"))
    assert dates(root) == ("2026", ["February 27"])
    make_job("success", requested_at=at("2026-03-01T12:00"))
    assert dates(root) == ("All dates", ["February 2026", "March 2026"])


def test_keeps_the_other_filters(root: Client) -> None:
    make_job("fail", requested_at=at("2024-11-29T12:00"))
    make_job("fail", requested_at=at("2026-11-29T12:00"))
    html = root.get(f"{LIST}?status__exact=fail&p=1").content.decode()
    assert 'href="?requested_at__year=2025&amp;status__exact=fail"' in html


def test_days_are_those_of_the_current_time_zone(root: Client, settings: Settings) -> None:
    settings.TIME_ZONE = "Pacific/Auckland"
    make_job("success", requested_at=at("2026-01-31T20:00"))
    assert dates(root) == ("2026", ["February 1"])


def test_without_jobs_there_are_none(root: Client) -> None:
    assert root.get(LIST).context["cl"].dates == {}


@pytest.mark.parametrize("query", ["requested_at__year=nonsense", "requested_at__month=x"])
def test_what_is_no_date_is_refused(root: Client, query: str) -> None:
    make_job("success")
    assert root.get(f"{LIST}?{query}").headers["Location"].endswith("?e=1")
