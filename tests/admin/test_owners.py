"""The filter by owner."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_universal_ai.admin import owners
from tests.rows import make_job

from .conftest import LIST


def choices(client: Client, query: str = "") -> list[str]:
    specs: list[Any] = client.get(f"{LIST}?{query}").context["cl"].filter_specs
    (spec,) = [each for each in specs if isinstance(each, owners.ByOwner)]
    return [str(words) for _value, words in spec.lookup_choices]


def test_mine_nobodys_and_those_of_others_by_name(root: Client) -> None:
    me = User.objects.get(username="root")
    berta, ada = (User.objects.create_user(name) for name in ("berta", "ada"))
    User.objects.create_user("without jobs")
    jobs = {owner: make_job("success", owner=owner) for owner in (me, berta, ada, None)}
    assert choices(root) == ["Mine", "Nobody's", "ada", "berta"]
    for value, owner in ((me.pk, me), ("-", None), (berta.pk, berta)):
        rows = root.get(f"{LIST}?owner={value}").context["cl"].result_list
        assert list(rows) == [jobs[owner]]


def test_many_owners_are_not_offered_but_the_chosen_one_is(
    root: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owners, "MOST_OWNERS", 1)
    for name in ("ada", "berta"):
        make_job("success", owner=User.objects.create_user(name))
    assert choices(root) == ["Mine", "Nobody's"]
    ada = User.objects.get(username="ada")
    assert choices(root, f"owner={ada.pk}") == ["Mine", "Nobody's", "ada"]


@pytest.mark.parametrize("value", ["nonsense", "999999"])
def test_who_is_no_user_has_no_jobs(root: Client, value: str) -> None:
    make_job("success")
    assert list(root.get(f"{LIST}?owner={value}").context["cl"].result_list) == []
