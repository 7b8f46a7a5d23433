"""Who may only look sees no action and can do none, whatever URLs and actions there are."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import URLPattern, reverse

from django_universal_ai.admin.page_actions import FIELD, LOCATIONS
from django_universal_ai.models import Account, JobFile, Price, UniversalAIFile
from tests.rows import make_job

from .conftest import dead_letter, make_receipt

pytestmark = pytest.mark.django_db

ADMINS = {
    str(model._meta.model_name): model_admin
    for model, model_admin in admin.site._registry.items()
    if model._meta.app_label == "universal_ai"
}
#: Django's own views.
USUAL = ("add", "autocomplete", "change", "changelist", "delete", "history")


def staff(*codenames: str) -> User:
    user = User.objects.create_user(f"user-{uuid.uuid4()}", is_staff=True)
    app = Permission.objects.filter(content_type__app_label="universal_ai")
    user.user_permissions.set(app.filter(codename__in=codenames))
    return user


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def looker() -> User:
    """May look at everything of the app, and do nothing."""
    looking = Permission.objects.filter(codename__startswith="view_")
    return staff(*looking.values_list("codename", flat=True))


@pytest.fixture
def rows() -> dict[str, Model]:
    """A row of each model, in a state in which the most can be done about it."""
    job = make_job("uncertain", public_id="j-1")
    file = UniversalAIFile.objects.store(b"RIFF....WAVE", name="call.wav")
    JobFile.objects.create(job=job, file=file, field="file")
    found: list[Model] = [job, file, dead_letter(job), make_receipt(job=job)]
    found += [
        Account.objects.create(name="default"),
        Price.objects.create(name="x", unit="page", amount=1),
    ]
    return {str(row._meta.model_name): row for row in found}


def page(row: Model) -> str:
    return reverse(f"admin:universal_ai_{row._meta.model_name}_change", args=[row.pk])


def own_urls(name: str) -> list[URLPattern]:
    """What the admin of a model has beyond Django's own."""
    return [
        pattern
        for pattern in ADMINS[name].get_urls()
        if pattern.name and not pattern.name.endswith(tuple(f"_{view}" for view in USUAL))
    ]


def address(pattern: URLPattern, row: Model) -> str:
    """The URL of a view about this row."""
    known = {"pk": row.pk, "name": "input", "number": 1}
    wanted = {name: known[name] for name in pattern.pattern.converters}
    return reverse(f"admin:{pattern.name}", kwargs=wanted)


def test_every_model_is_looked_at(rows: dict[str, Model]) -> None:
    assert set(ADMINS) == set(rows)
    assert sum(len(own_urls(name)) for name in ADMINS) >= 8


@pytest.mark.parametrize("name", sorted(ADMINS))
def test_no_action_is_shown(looker: User, rows: dict[str, Model], name: str) -> None:
    request = RequestFactory().get("/")
    request.user = looker
    get_actions: Any = ADMINS[name].get_actions
    for location in LOCATIONS or [None]:
        given = {} if location is None else {"action_location": location}
        assert get_actions(request, **given) == {}
    html = logged_in(looker).get(page(rows[name])).content.decode()
    assert FIELD not in html
    assert 'name="deliver"' not in html
    assert "deletelink" not in html


@pytest.mark.parametrize("name", sorted(ADMINS))
def test_no_action_is_done(looker: User, rows: dict[str, Model], name: str) -> None:
    client, row = logged_in(looker), rows[name]
    for action in ADMINS[name].actions or ():
        data = {"action": action, FIELD: action, "_selected_action": str(row.pk), "index": "0"}
        for url in (reverse(f"admin:universal_ai_{name}_changelist"), page(row)):
            assert client.post(url, data).status_code == 403, (action, url)
    assert client.post(page(row), {"deliver": str(rows["jobevent"].pk)}).status_code == 403
    assert client.post(page(row).replace("change/", "delete/"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("name", sorted(ADMINS))
def test_no_view_does_anything(looker: User, rows: dict[str, Model], name: str) -> None:
    client, nobody, row = logged_in(looker), logged_in(staff()), rows[name]
    for pattern in own_urls(name):
        url = address(pattern, row)
        data = {"_selected_action": str(row.pk), "token": str(uuid.uuid4()), "reason": "x"}
        # Either it acts, which is forbidden, or it can only be looked at.
        answer = client.post(url, data).status_code
        assert answer in (403, 405), url
        if answer == 405:
            assert nobody.get(url).status_code == 403, url
        assert nobody.post(url, data).status_code in (403, 405), url
        assert Client().get(url).status_code == 302, url
