from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model

from django_universal_ai.gateway.models import Token
from django_universal_ai.management.verbs import owned
from tests.management.owners import fill

pytestmark = pytest.mark.django_db

#: Tables in which nothing is said about anybody.
NOBODYS = {
    "universal_ai/account",
    "universal_ai/countinglock",
    "universal_ai/durationsketch",
    "universal_ai/learningcursor",
    "universal_ai/price",
    "universal_ai/rollup",
    "universal_ai/uncounted",
    "universal_ai_gateway/signingkey",
}


def test_every_table_is_somebodys_or_nobodys() -> None:
    labels = {
        model._meta.label_lower.replace(".", "/")
        for model in apps.get_models()
        if model._meta.app_label.startswith("universal_ai")
    }
    assert {table.name for table in owned.tables()} == labels - NOBODYS


def test_each_finds_the_owners_rows_alone() -> None:
    ann, bob = (get_user_model().objects.create_user(name) for name in ("ann", "bob"))
    fill(ann)
    fill(bob)
    for table in owned.tables():
        mine = [row for page in table.pages(ann) for row in page]
        theirs = [row for page in table.pages(bob) for row in page]
        assert len(mine) == len(theirs) == 1, table.name
        assert mine != theirs


def test_pages_leave_none_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owned, "_PAGE", 2)
    ann = get_user_model().objects.create_user("ann")
    for _ in range(5):
        Token.objects.create(owner=ann, hash=f"{_}")
    (table,) = (table for table in owned.tables() if table.model is Token)
    assert [len(page) for page in table.pages(ann)] == [2, 2, 1]


def test_what_opens_doors_is_left_out() -> None:
    ann = get_user_model().objects.create_user("ann")
    fill(ann)
    told = owned.as_dict(Token.objects.get())
    assert "hash" not in told
    assert (told["name"], told["owner_id"]) == ("laptop", ann.pk)
