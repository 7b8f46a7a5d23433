from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_universal_ai.models import UniversalAIJob

from .brought import bring, ended, upload

pytestmark = pytest.mark.django_db
CHOSEN = {"username": "ann", "password1": "three blue boats", "password2": "three blue boats"}


def test_signing_up_makes_a_plain_account_that_is_logged_in(client: Client) -> None:
    bring(client)
    page = client.post("/account/sign-up/", CHOSEN, follow=True).content.decode()
    ann = User.objects.get()
    assert not ann.is_staff
    assert ann.check_password(CHOSEN["password1"])
    assert "scan.pdf" in page  # what was brought before is hers
    assert UniversalAIJob.objects.get().owner == ann
    assert client.get("/account/sign-up/")["Location"] == "/"


def test_what_is_wrong_with_a_new_account_is_told(client: Client) -> None:
    answer = client.post("/account/sign-up/", CHOSEN | {"password2": "another"})
    assert "The two password fields didn" in answer.content.decode()
    assert not User.objects.exists()


def test_logging_in_leads_where_one_wanted_to_go(client: Client) -> None:
    User.objects.create_user("ann", password="boats")
    asked = client.get("/account/")
    assert asked["Location"] == "/account/log-in/?next=/account/"
    answer = client.post(asked["Location"], {"username": "ann", "password": "boats"})
    assert answer["Location"] == "/account/"


def test_logging_out_asks_for_a_post(client: Client) -> None:
    client.force_login(User.objects.create_user("ann"))
    assert client.get("/account/log-out/").status_code == 405
    client.post("/account/log-out/")
    assert client.get("/account/").status_code == 302


def test_the_account_shows_what_the_month_cost(client: Client) -> None:
    client.force_login(User.objects.create_user("ann"))
    assert "Nothing was read this month." in client.get("/account/").content.decode()
    ended(bring(client), cost=Decimal("0.02"))
    ended(bring(client, upload("speech.wav")), cost=Decimal(0))
    page = client.get("/account/").content.decode()
    assert "<b>0.02</b> of 10 credits spent" in page
    assert "<td>rapidocr</td>" in page
    assert '<td class="number">0.020</td>' in page
    assert '<td class="number">free</td>' in page
    assert "<b>0.02</b> of 10 credits spent" in client.get("/").content.decode()


def test_the_admin_is_linked_for_staff_only(client: Client) -> None:
    client.force_login(User.objects.create_user("ann"))
    assert 'href="/admin/"' not in client.get("/").content.decode()
    client.force_login(User.objects.create_superuser("root"))
    assert 'href="/admin/"' in client.get("/").content.decode()
