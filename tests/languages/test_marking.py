"""Every word on our pages is marked: in a language of brackets, none stands bare.

Left out is the gateway's page ``docs``: it shows the contract, in the contract's words.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urljoin

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME as SELECTED
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from django_universal_ai.gateway.models import Token
from django_universal_ai.models import Account, Price, Status, UniversalAIJob
from tests.admin.conftest import RESUBMIT, press, select
from tests.admin.dashboard.conftest import DASHBOARD
from tests.live.conftest import url_of as live_url

from .furnish import MODEL as AUDIO_MODEL
from .furnish import furnish, job_in
from .pseudo import Page, spoken

pytestmark = pytest.mark.django_db

APPS = ("universal_ai", "universal_ai_gateway")
MODELS = [model for model in admin.site._registry if model._meta.app_label in APPS]
WITH_PAGES = [model for model in MODELS if admin.site._registry[model].list_display_links]
#: Django's list of all apps, whatever they are called.
NOT_OURS = ("nav-sidebar", "uai-json")

#: How live pages answer: htmx is to stop asking; it can't be tried again.
GONE, REFUSED = 286, 409

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Speaks in brackets, and may do everything."""
    client = Client()
    client.force_login(furnish())
    with spoken(monkeypatch):
        yield client


def url_of(model: type[Model], view: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=args)


def page_of(response: Any) -> Page:
    """The page; an empty one where the answer is a file."""
    assert response.status_code in (200, GONE, REFUSED), response.status_code
    is_page = response["Content-Type"].startswith("text/html")
    return Page(response.content.decode() if is_page else "", NOT_OURS)


def check(*responses: Any) -> None:
    """No page says a word that isn't marked."""
    found: dict[str, str] = {}
    for response in responses:
        for line in page_of(response).bare:
            found.setdefault(line, response.request["PATH_INFO"])
    assert not found, "Not marked: " + "; ".join(
        f"{line!r} at {url}" for line, url in found.items()
    )


def filtered(client: Client, url: str) -> list[str]:
    """The list, and one list for each way to filter or sort it."""
    links = [link for link in page_of(client.get(url)).links if link.startswith("?")]
    return [url, *{tuple(dict(parse_qsl(link))): urljoin(url, link) for link in links}.values()]


@each_model
def test_lists(root: Client, model: type[Model]) -> None:
    check(*map(root.get, filtered(root, url_of(model, "changelist"))))


@each_model
def test_lists_without_rows(root: Client, model: type[Model]) -> None:
    check(root.get(url_of(model, "changelist"), {"q": "χάος"}, follow=True))


@pytest.mark.parametrize("model", WITH_PAGES, ids=lambda model: model.__name__)
def test_pages_of_rows(root: Client, model: type[Model]) -> None:
    rows = [row.pk for row in model._default_manager.all()]
    check(*(root.get(url_of(model, "change", row)) for row in rows))
    check(root.get(url_of(model, "history", rows[0])))


@each_model
def test_actions(root: Client, model: type[Model]) -> None:
    url = url_of(model, "changelist")
    rows = list(model._default_manager.all())
    form = root.get(url).context["action_form"]
    for name, _label in form.fields["action"].choices if form else ():
        check(select(root, rows, name, url), select(root, rows[:1], name, url))


@pytest.mark.parametrize("status", Status)
def test_buttons(root: Client, status: Status) -> None:
    job = job_in(status)
    page = root.get(url_of(UniversalAIJob, "change", job.pk))
    for name, _label in page.context["action_buttons"]:
        check(press(root, job, name))


@pytest.mark.parametrize("more", [{}, {"reason": "νόμος"}], ids=["without a reason", "given"])
@pytest.mark.parametrize(
    ("model", "page"),
    [(Account, "pause"), (UniversalAIJob, "give_up"), (UniversalAIJob, "delete_remote")],
)
def test_confirmed(root: Client, model: type[Model], page: str, more: dict[str, str]) -> None:
    for rows in (model._default_manager.all(), model._default_manager.order_by("pk")[:1]):
        said = {SELECTED: [row.pk for row in rows], **more}
        check(root.post(url_of(model, page), said, follow=True))


@pytest.mark.parametrize("model", ["", "χάος", f"{AUDIO_MODEL}/χάος"])
def test_resubmitted(root: Client, model: str) -> None:
    jobs = UniversalAIJob.objects.filter(backend="default")
    said = {SELECTED: [job.pk for job in jobs], "token": str(uuid.uuid4()), "model": model}
    for _again in range(2):
        check(root.post(RESUBMIT, said, follow=True))


@pytest.mark.parametrize("public_id", ["", "λ\x07", "νέο", "taken"])
def test_adopted(root: Client, public_id: str) -> None:
    job, other = job_in(Status.UNCERTAIN), job_in(Status.PROCESSING)
    said = {"public_id": str(other.public_id) if public_id == "taken" else public_id}
    check(root.post(url_of(UniversalAIJob, "adopt", job.pk), said, follow=True))


PRICE = {"name": "δράκων", "unit": "page", "amount": "1"}
TOKEN = {"name": "κλειδί", "owner": "1", "allowed_features": ""}


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Price, {"name": "", "unit": "", "amount": ""}),
        (Price, PRICE),
        (Price, PRICE | {"name": "/χάος", "amount": "-1"}),
        (Price, PRICE | {"amount": "1" * 20}),
        (Token, {}),
        (Token, TOKEN),
        (Token, TOKEN | {"allowed_features": "λ/ξ/ψ", "requests_per_second": "0"}),
        (Token, TOKEN | {"credits_per_day": "-1", "most_in_flight": "-1"}),
    ],
)
def test_added(root: Client, model: type[Model], said: dict[str, str]) -> None:
    url = url_of(model, "add")
    check(root.get(url), root.post(url, said, follow=True))


def test_overview(root: Client) -> None:
    check(*(root.get(f"/admin/{app}/") for app in APPS))
    check(*map(root.get, filtered(root, DASHBOARD)))
    UniversalAIJob.objects.all().delete()
    check(root.get(DASHBOARD))


def test_live_pages(root: Client) -> None:
    for job in UniversalAIJob.objects.all():
        for name in ("page", "fragment"):
            check(root.get(live_url(job, name, signed="retry")))
    failed = job_in(Status.FAIL)
    for _again in range(2):
        url = live_url(failed, "retry", signed="retry")
        check(root.post(url, {"job": str(failed.pk)}, follow=True))


def test_a_live_page_of_what_is_gone(root: Client) -> None:
    job = job_in(Status.SUCCESS)
    url = live_url(job, signed="see")
    job.delete()
    check(root.get(url, {"htmx": ""}))
