"""The dashboard's page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import clear_url_caches, include, path
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai.backends import backends
from django_universal_ai.models import Account, UniversalAIJob
from tests.admin.conftest import LIST, Person, dead_letter
from tests.rows import make_job

from .conftest import DASHBOARD, ago, roll_up

pytestmark = pytest.mark.django_db

# As the usual one is, for the templates of another theme need its site.
other_site = admin.site.__class__(name="other")
other_site.register(UniversalAIJob, type(admin.site.get_model_admin(UniversalAIJob)))
urlpatterns = [
    path("", include("tests.urls")),
    path("other/", other_site.urls),
]


def page_of(client: Client, query: str = "", url: str = DASHBOARD) -> str:
    response = client.get(url + query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def links_of(page: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The words and the filters of each link into the list."""
    for url, words in re.findall(rf'<a href="{LIST}(\?[^"]+)"[^>]*>(.*?)</a>', page):
        text = re.sub(r"<[^>]+>| ", "", words)
        yield text, parse_qs(urlsplit(url.replace("&amp;", "&")).query)


def test_says_how_many_jobs_are_in_each_state_now_and_links_to_them(viewer: Client) -> None:
    for status, count in (("pending", 3), ("processing", 2), ("success", 5)):
        for _ in range(count):
            make_job(status)
    links = dict(links_of(page_of(viewer)))
    assert links["3◷waiting"] == {"status__exact": ["pending"]}
    assert links["2⟳processing"] == {"status__exact": ["processing"]}
    assert links["0?needsalook"] == {"status__exact": ["uncertain"]}


def test_shows_what_ended_with_rates_durations_and_costs(viewer: Client) -> None:
    roll_up(created=9, succeeded=8, failed=2, cost=Decimal("1.25"), durations={"155": 8})
    roll_up(ago(days=3), provider="google", created=4, succeeded=4, cost=Decimal(2))
    page = page_of(viewer)
    assert ">80 %<" in page
    assert ">1 min" in page  # bucket 155
    assert "google" not in page
    week = page_of(viewer, "?range=7d")
    assert "google" in week
    assert ">85.7 %<" in week
    assert "3.25" in week
    failed = dict(links_of(page))["2✕failed"]
    assert failed["status__exact"] == ["fail"]


def test_links_of_what_ended_select_just_those(root: Client) -> None:
    old = make_job("fail", finished_at=ago(days=2))
    new = make_job("fail")
    roll_up(provider="google", failed=1)
    url = re.search(rf'href="({LIST}\?status__exact=fail&amp;provider=[^"]+)"', page_of(root))
    assert url
    listed = root.get(url[1].replace("&amp;", "&")).content.decode()
    assert str(new.pk) in listed
    assert str(old.pk) not in listed


def test_tells_what_was_asked_for_though_it_has_not_ended(viewer: Client) -> None:
    roll_up(created=4, succeeded=4)
    make_job("processing")
    assert "4 succeeded and 0 failed, of 5 jobs asked for." in page_of(viewer)


def test_names_the_job_that_waits_for_longest(viewer: Client) -> None:
    make_job("pending", requested_at=ago(minutes=2))
    oldest = make_job("pending", requested_at=ago(days=2), note="token=s3cret99: slow")
    make_job("processing", requested_at=ago(days=9))
    page = page_of(viewer)
    assert f'Waits for longest: <a href="{LIST}{oldest.pk}/change/">' in page
    assert "for 2 d." in page
    assert "s3cret99" not in page


def test_says_what_needs_a_person(viewer: Client) -> None:
    assert "Nothing: the machines get along." not in page_of(viewer)  # nothing at all yet
    roll_up(succeeded=1)
    assert "Nothing: the machines get along." in page_of(viewer)
    make_job("uncertain")
    make_job("processing", requested_at=ago(days=6), submitted_at=ago(days=6))
    dead_letter(make_job("success"))
    Account.objects.create(name="default", refusal="402 token=s3cret99")
    page = page_of(viewer)
    assert "1 job: nobody can tell whether the service took it." in page
    assert "1 result at risk" in page
    assert "1 dead letter" in page
    assert "Account default: The service refuses this account" in page
    assert "s3cret99" not in page
    needs = [filters["needs"][0] for words, filters in links_of(page) if words == "Show"]
    assert needs == ["look", "risk", "delivery"]


def test_shows_the_limits_of_accounts(viewer: Client, settings: Settings) -> None:
    remote = {"BACKEND": "django_universal_ai.backends.http.HTTPBackend"}
    remote["OPTIONS"] = {"api_key": "k-1", "rate_limit": 10}  # type: ignore[assignment] # a dictionary of both
    settings.UNIVERSAL_AI = {"default": remote}
    Account.objects.create(
        name=backends["default"].account,
        pace=0.5,
        paced_at=timezone.now(),
        next_request_at=timezone.now() + timedelta(seconds=60),
    )
    Account.objects.create(name="gone", closed_until=timezone.now() + timedelta(minutes=1))
    page = page_of(viewer)
    assert re.search(r"10 requests a second, slowed to \d+ %", page)
    assert re.search(r"booked for the next (59|60)\.\d s", page)
    assert "not in the settings" in page
    assert "</span> pausing</span>" in page
    assert "k-1" not in page


def test_an_account_that_nobody_uses_now(viewer: Client, settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        "default": {
            "BACKEND": "django_universal_ai.backends.http.HTTPBackend",
            "OPTIONS": {"api_key": "k-1", "rate_limit": 10},
        }
    }
    Account.objects.create(name=backends["default"].account)
    page = page_of(viewer)
    assert re.search(r">\s*10 requests a second\s*<", page)
    assert re.search(r">\s*free\s*<", page)


def test_features_beyond_the_dearest_share_a_colour(viewer: Client) -> None:
    for number in range(5):
        roll_up(subfeature=f"f{number}", succeeded=1, cost=Decimal(10))
    assert "</svg> others</li>" not in page_of(viewer)
    roll_up(subfeature="cheap", succeeded=1, cost=Decimal("0.25"))
    page = page_of(viewer)
    assert "</svg> others</li>" in page
    assert "50.25 credits." in page


def test_a_provider_of_whom_only_a_late_cost_came_has_no_row(viewer: Client) -> None:
    roll_up(provider="google", succeeded=1)
    roll_up(provider="dawdler", cost=Decimal(1))
    page = page_of(viewer)
    assert "google" in page
    assert "dawdler" not in page


def test_an_empty_site_is_told_so(viewer: Client) -> None:
    page = page_of(viewer)
    assert "Nothing to see yet" in page
    assert "uai-plot" not in page


@pytest.mark.parametrize("name", ["24h", "7d", "30d"])
def test_the_number_of_queries_is_small_and_does_not_grow(person: Person, name: str) -> None:
    client = person("view_universalaijob", "view_account")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(client, f"?range={name}")
        return len(captured)

    make_job("pending")
    roll_up(succeeded=1)
    before = queries()
    for hours in range(40):
        roll_up(ago(hours=hours), provider=f"p{hours % 7}", succeeded=1, cost=1)
    for status in ("pending", "processing", "uncertain", "success", "fail"):
        for _ in range(5):
            dead_letter(make_job(status))
    for number in range(5):
        Account.objects.create(name=f"account {number}")
    assert queries() == before < 12


def test_who_may_not_see_jobs_does_not_see_it(person: Person) -> None:
    client = person("view_account")
    assert client.get(DASHBOARD).status_code == 403
    assert "Dashboard" not in client.get("/admin/universal_ai/").content.decode()
    assert Client().get(DASHBOARD).status_code == 302


def test_it_is_reached_from_the_list_and_from_the_index_of_the_app(viewer: Client) -> None:
    for url in (LIST, "/admin/universal_ai/"):
        assert f'href="{DASHBOARD}"' in viewer.get(url).content.decode()


def test_it_belongs_to_whichever_site_has_the_jobs(root: Client, settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    clear_url_caches()
    make_job("pending")
    url = "/other/universal_ai/universalaijob/dashboard/"
    page = page_of(root, url=url)
    assert 'href="/other/universal_ai/universalaijob/?status__exact=pending"' in page
    assert "/admin/" not in page.split('id="content-main"')[1]
    assert f'href="{url}"' in root.get("/other/universal_ai/").content.decode()


def test_words_from_outside_stay_words(root: Client) -> None:
    attack = "<img src=x onerror=alert(1)>"
    roll_up(provider=attack, feature=attack, succeeded=1, cost=1)
    Account.objects.create(name=attack, refusal=attack)
    make_job("pending", requested_model=f"ocr/x/{attack}", note=attack)
    assert attack not in page_of(root)


def test_a_site_of_another_language_draws_the_same_picture(
    root: Client, settings: Settings
) -> None:
    """A comma in a coordinate would be no number."""
    roll_up(succeeded=1234, cost=Decimal("0.5"))
    settings.LANGUAGE_CODE, settings.USE_THOUSAND_SEPARATOR = "de", True
    page = page_of(root)
    assert "1.234" in page
    coordinates = re.findall(
        r'\s(?:x|y|width|height)="([^"]+)"', page.split('id="jobs"')[1].split("</figure>")[0]
    )
    assert coordinates
    assert [value for value in coordinates if not re.fullmatch(r"[\d.]+", value)] == []
