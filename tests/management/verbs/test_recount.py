"""``universal_ai recount``."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from django_universal_ai.models import Rollup
from tests.rows import make_job

pytestmark = pytest.mark.django_db


def test_counts_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    make_job("success")
    make_job("processing")
    call_command("universal_ai", "recount", "--since", "2020-01-31")
    assert capsys.readouterr().out == "Jobs counted anew: 1\n"
    assert {row.succeeded for row in Rollup.objects.all()} == {1}


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    make_job("success")
    call_command("universal_ai", "recount", "--since", "2020-01-31", "--json")
    assert json.loads(capsys.readouterr().out) == {"counted": 1}
    assert {row.succeeded for row in Rollup.objects.all()} == {1}


def test_wants_a_day() -> None:
    with pytest.raises(CommandError, match="--since"):
        call_command("universal_ai", "recount", "--since", "yesterday")
