from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai.models import Price, PriceUnit, Status, UniversalAIJob
from example_project.accounts import budgets
from example_project.accounts.checks import check_budget
from example_project.accounts.models import Purse
from example_project.documents import intake, kinds
from example_project.documents.models import Document
from tests.marks import concurrent

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann")


@pytest.fixture
def strict(settings: Settings) -> None:
    """A page costs something, and until the pages are counted more is set aside."""
    settings.MONTHLY_BUDGET = "0.1"
    for unit, amount in ((PriceUnit.PAGE, "0.01"), (PriceUnit.RESERVE, "0.06")):
        Price.objects.create(name="rapidocr", unit=unit, amount=Decimal(amount))


def bring(owner: User | None = None) -> Document:
    return intake.take_in(intake.SAMPLES / "scan.pdf", kinds.PAPER, title="A scan", owner=owner)


def ended(cost: str, **fields: object) -> None:
    """Let all jobs end, each with this cost."""
    values = {"status": Status.SUCCESS, "cost": Decimal(cost)} | fields
    UniversalAIJob.objects.update(**values)


def test_free_work_uses_nothing_up(ann: User) -> None:
    bring(ann)
    ended("0")
    now = budgets.standing(ann)
    assert now.used == 0
    assert now.left == 10


def test_what_has_not_ended_counts_with_what_is_set_aside(ann: User, strict: None) -> None:
    bring(ann)
    assert budgets.standing(ann).set_aside == Decimal("0.06")
    ended("0.02")
    now = budgets.standing(ann)
    assert (now.spent, now.set_aside) == (Decimal("0.02"), Decimal(0))
    assert now.left == Decimal("0.08")


@pytest.mark.parametrize("status", [Status.PENDING, Status.PROCESSING, Status.UNCERTAIN])
def test_what_is_at_work_sets_aside_whatever_it_says_that_it_costs(
    ann: User, strict: None, status: Status
) -> None:
    bring(ann)
    ended("0", status=status)
    assert budgets.standing(ann).set_aside == Decimal("0.06")
    ended("0.01", status=status, spent=Decimal("0.01"))  # by a candidate that failed
    assert budgets.standing(ann).used == Decimal("0.07")
    with pytest.raises(ValidationError, match=r"0\.070 are used"):
        bring(ann)


def test_a_failure_sets_nothing_aside(ann: User, strict: None) -> None:
    bring(ann)
    UniversalAIJob.objects.update(status=Status.FAIL)
    assert budgets.standing(ann).used == 0


def test_one_more_than_the_budget_allows_is_refused(ann: User, strict: None) -> None:
    bring(ann)
    with pytest.raises(ValidationError) as refused:
        bring(ann)
    next_month = (timezone.localdate().replace(day=28) + timedelta(days=4)).replace(day=1)
    [words] = refused.value.messages
    assert words.startswith("Your budget of 0.100 credits for ")
    assert "0.060 are used, and this one needs 0.060. It begins anew on 1 " in words
    assert budgets.standing(ann).next_month == next_month
    assert UniversalAIJob.objects.count() == Document.objects.count() == 1
    ended("0.04")
    bring(ann)  # 0.04 and 0.06 are exactly what there is


def test_where_nothing_is_set_aside_a_budget_ends_when_it_is_spent(ann: User) -> None:
    bring(ann)
    ended("10")
    with pytest.raises(ValidationError, match=r"10\.000 are used\. It begins anew"):
        bring(ann)


def test_last_months_jobs_do_not_count(ann: User) -> None:
    bring(ann)
    ended("10", requested_at=timezone.localtime().replace(day=1) - timedelta(days=1))
    assert budgets.standing(ann).spent == 0


def test_december_is_followed_by_january() -> None:
    now = budgets.Standing(date(2026, 12, 1), Decimal(1), Decimal(2), Decimal(0))
    assert now.next_month == date(2027, 1, 1)
    assert now.left == 0


def test_a_purse_has_a_budget_of_its_own(ann: User) -> None:
    Purse.objects.create(user=ann, budget=Decimal(20))
    assert budgets.standing(ann).budget == 20
    assert budgets.standing(None).budget == 10


def test_visitors_share_one_budget(ann: User, strict: None) -> None:
    bring()
    with pytest.raises(ValidationError, match="visitors without an account share"):
        bring()
    bring(ann)


def test_the_admin_gives_visitors_and_accounts_other_budgets(
    ann: User, admin_client: Client, strict: None
) -> None:
    add = "/admin/accounts/purse/add/"
    for user, budget in ((ann.pk, "5"), ("", "0.5")):
        assert admin_client.post(add, {"user": user, "budget": budget}).status_code == 302
    assert budgets.standing(ann).budget == 5
    assert budgets.standing(None).budget == Decimal("0.5")
    bring()
    page = admin_client.get("/admin/accounts/purse/").content.decode()
    assert "Visitors without an account" in page
    assert "0.060 of 0.500 credits" in page
    assert admin_client.get(f"/admin/accounts/purse/{ann.pk}/change/").status_code == 200


@pytest.mark.parametrize(("value", "words"), [("much", "no"), ("-1", "is negative")])
def test_a_budget_that_is_none_is_found_at_the_start(
    settings: Settings, value: str, words: str
) -> None:
    assert check_budget() == []
    settings.MONTHLY_BUDGET = value
    [error] = check_budget()
    assert error.msg.startswith("MONTHLY_BUDGET ")
    assert words in error.msg


@concurrent
@pytest.mark.django_db(transaction=True)
def test_uploads_at_the_same_time_cannot_spend_the_same_credits(ann: User, strict: None) -> None:
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def upload() -> None:
        try:
            start.wait(10)
            bring(ann)
            outcomes.append("taken")
        except ValidationError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=upload) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["refused", "refused", "refused", "taken"]
    assert UniversalAIJob.objects.count() == Document.objects.count() == 1
