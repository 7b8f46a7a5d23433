from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from django_universal_ai.models import UniversalAIJob
from django_universal_ai.models.distinct import distinct
from tests.rows import make_job

pytestmark = pytest.mark.django_db


def test_each_value_is_told_once_in_order() -> None:
    for provider in ("google", "amazon", "google", "openai", "amazon"):
        make_job(provider=provider)
    assert distinct(UniversalAIJob, "provider", 9) == ["amazon", "google", "openai"]
    assert distinct(UniversalAIJob, "provider", 2) == ["amazon", "google"]


def test_nulls_are_no_values_and_keys_are_those_of_the_field() -> None:
    owners = [User.objects.create_user(name) for name in ("ada", "berta")]
    for owner in (None, *owners, None, owners[0]):
        make_job(owner=owner)
    assert distinct(UniversalAIJob, "owner", 9) == [owner.pk for owner in owners]
    rows = UniversalAIJob.objects.order_by("pk").values_list("pk", flat=True)
    assert distinct(UniversalAIJob, "id", 9) == list(rows)


def test_a_table_without_rows_has_none() -> None:
    assert distinct(UniversalAIJob, "provider", 9) == []


def test_one_query_however_many_values(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(20):
        make_job(provider=f"p{number}")
    with django_assert_num_queries(1):
        assert len(distinct(UniversalAIJob, "provider", 99)) == 20


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's query plans")
@pytest.mark.parametrize(
    "name", ["feature", "subfeature", "provider", "requested_model", "owner", "backend", "status"]
)
def test_the_lists_of_the_admin_have_an_index_to_jump_along(name: str) -> None:
    column = UniversalAIJob._meta.get_field(name).column  # type: ignore[union-attr]
    table = UniversalAIJob._meta.db_table
    query = f'SELECT "{column}" FROM "{table}" WHERE "{column}" > %s'  # noqa: S608 - own names
    sql = f'{query} ORDER BY "{column}" LIMIT 1'
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", ["x"])
        plan = " ".join(row[-1] for row in cursor.fetchall())
    assert "USING COVERING INDEX" in plan
    assert f"{column}>?" in plan
