from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from .client import Api

HEALTH = "/v3/health"

pytestmark = pytest.mark.django_db


def test_all_is_well(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        response = Client().get(HEALTH)
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]
    assert Client().head(HEALTH).status_code == 200


def test_a_database_that_is_away_makes_it_503(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(*args: object) -> None:
        raise OperationalError("host db.internal is away")

    with connection.execute_wrapper(refuse):
        response = Client().get(HEALTH)
    assert response.status_code == 503
    assert response.json() == {"detail": "The database doesn't answer."}
    assert "db.internal" in caplog.text


def test_nothing_else_can_be_done_there(api: Api) -> None:
    assert api.request("POST", HEALTH).status == 405
