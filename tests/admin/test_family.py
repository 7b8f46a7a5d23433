"""The tree of resubmissions, and what it cost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib import admin
from django.test import Client

from django_universal_ai.admin import family as family_module
from django_universal_ai.admin.family import Family, family
from django_universal_ai.models import UniversalAIJob
from tests.rows import change, make_job

from .conftest import url_of

pytestmark = pytest.mark.django_db


def family_of(job: UniversalAIJob) -> Family:
    found = family(admin.site, job)
    assert found is not None
    return found


def test_a_job_alone_has_none(root: Client) -> None:
    job = make_job("success")
    assert family(admin.site, job) is None
    assert 'id="resubmissions"' not in root.get(url_of(job)).content.decode()


def test_the_whole_tree_from_wherever_one_looks_and_what_it_cost(root: Client) -> None:
    first = make_job("fail", cost=Decimal("0.5"))
    left = make_job("fail", parent=first, cost=Decimal("0.25"))
    leaf = make_job("success", parent=left, cost=Decimal("1"))
    right = make_job("uncertain", parent=first)
    make_job("success", cost=Decimal(100))
    for job in (first, left, leaf, right):
        found = family_of(job)
        assert [(member.job, member.level) for member in found.members] == [
            (first, 1),
            (left, 2),
            (leaf, 3),
            (right, 2),
        ]
        assert [member.job for member in found.members if member.is_this] == [job]
        assert (found.total, found.unknown, found.is_cut) == ("1.750", 1, False)
    html = root.get(url_of(leaf)).content.decode()
    assert "All of them together: <strong>1.750 credits</strong>" in html
    assert "(the cost of 1 is unknown)" in html
    assert f'href="{url_of(right)}"' in html


def test_what_is_too_much_is_cut_and_said(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(family_module, "MOST", 3)
    first = make_job("fail")
    for _ in range(4):
        make_job("fail", parent=first)
    found = family_of(first)
    assert (len(found.members), found.is_cut) == (3, True)
    html = root.get(url_of(first)).content.decode()
    assert "more of them than are shown" in html
    assert "What they cost is unknown." in html


def test_a_long_line_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(family_module, "MOST_GENERATIONS", 4)
    line = [make_job("fail")]
    for _ in range(11):
        line.append(make_job("fail", parent=line[-1]))
    found = family_of(line[5])
    assert [member.job for member in found.members] == line[1:10]
    assert found.is_cut
    assert max(member.indent for member in found.members) == family_module.DEEPEST


def test_a_ring_that_somebody_made_by_hand_ends() -> None:
    first = make_job("fail")
    second = make_job("fail", parent=first)
    change(first, parent=second)
    assert len(family_of(second).members) == 2
