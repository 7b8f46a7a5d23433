from __future__ import annotations

import datetime
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from django_universal_ai import engine
from django_universal_ai.gateway import ledger, meters, rate, refusals, tokens
from django_universal_ai.gateway.models import ApiJob, DailyUsage, Token, TokenMeter
from django_universal_ai.models import Price, UniversalAIJob
from django_universal_ai.models.statements import update_row
from django_universal_ai.signals import job_succeeded
from tests.rows import change, in_seconds

from .client import JOBS, MODEL, UPLOAD, Answer
from .conftest import MakeApi

OCR = "ocr/ocr_async/google"


def end(cost: str | None = "1", **changes: Any) -> UniversalAIJob:
    """The newest job that hasn't ended is over, and nobody was told yet."""
    job = UniversalAIJob.objects.unfinished().latest("requested_at")
    ended: dict[str, Any] = {"status": "success", "finished_at": timezone.now(), "due_at": None}
    return change(job, **ended | {"cost": None if cost is None else Decimal(cost)} | changes)


def tell(job: UniversalAIJob) -> None:
    """The signal of its end arrives; signals may do so twice."""
    for _ in range(2):
        job_succeeded.send(sender=UniversalAIJob, job=job, event_id=uuid.uuid4())


def reserve(credits: str, name: str = MODEL) -> None:
    Price.objects.create(name=name, unit="reserve", amount=Decimal(credits))


def assert_refused(answer: Answer, status: int, words: str) -> None:
    assert (answer.status, list(answer.data)) == (status, ["detail"]), answer.data
    assert words in answer.data["detail"]


class TestFeatures:
    @pytest.mark.parametrize("allowed", [[], ["audio"], ["ocr", "audio/speech_to_text_async"]])
    def test_what_is_allowed_is_taken(
        self, make_api: MakeApi, ann: User, allowed: list[str]
    ) -> None:
        assert make_api(ann, allowed_features=allowed).submit().status == 202

    @pytest.mark.parametrize("allowed", [["ocr"], ["audio/tts"], ["audi", "ocr/ocr_async"]])
    def test_anything_else_is_refused_with_what_is_allowed(
        self, make_api: MakeApi, ann: User, allowed: list[str]
    ) -> None:
        answer = make_api(ann, allowed_features=allowed).submit()
        assert_refused(answer, 403, "may not use audio/speech_to_text_async")
        assert answer.data["detail"].endswith(f"It may use: {', '.join(allowed)}.")
        assert not UniversalAIJob.objects.exists()

    def test_a_sandbox_has_the_same_doors(self, make_api: MakeApi, ann: User) -> None:
        assert make_api(ann, sandbox=True, allowed_features=["ocr"]).submit().status == 403

    @pytest.mark.parametrize("wrong", ["ocr", [1], [""], ["a/b/c"], ["ocr/"], [" ocr"], {"ocr": 1}])
    def test_what_is_no_feature_is_named(self, ann: User, wrong: Any) -> None:
        token = Token(owner=ann, allowed_features=wrong)
        with pytest.raises(ValidationError) as caught:
            token.clean_fields(exclude=["prefix", "hash"])
        assert list(caught.value.message_dict) == ["allowed_features"]


class TestRate:
    def test_over_the_rate_it_is_429_and_says_when(self, make_api: MakeApi, ann: User) -> None:
        api = make_api(ann, requests_per_second=0.01)
        assert api.get(UPLOAD).status == 200
        answer = api.get(UPLOAD)
        assert_refused(answer, 429, "this token may make 0.01 a second")
        assert 90 < int(answer.headers["Retry-After"]) <= 100

    def test_every_kind_of_request_counts(self, make_api: MakeApi, ann: User) -> None:
        api = make_api(ann, requests_per_second=0.01)
        api.submit(input={})
        for request in (api.submit, api.upload):
            assert request().status == 429
        assert api.delete(UPLOAD).status == 429
        assert not UniversalAIJob.objects.exists()

    def test_a_second_may_come_at_once(self, make_api: MakeApi, ann: User) -> None:
        api = make_api(ann, requests_per_second=5)
        TokenMeter.objects.create(token=Token.objects.get(), next_request_at=in_seconds(-3600))
        # Time goes on meanwhile, so the last ones of a burst may find room again.
        answers = [api.get(UPLOAD) for _ in range(40)]
        assert [answer.status for answer in answers[:5]] == [200] * 5
        refused = [answer for answer in answers if answer.status == 429]
        assert {answer.headers["Retry-After"] for answer in refused} <= {"1"}

    def test_the_moment_comes_again(self, make_api: MakeApi, ann: User) -> None:
        api = make_api(ann, requests_per_second=0.01)
        assert [api.get(UPLOAD).status for _ in range(2)] == [200, 429]
        TokenMeter.objects.update(next_request_at=in_seconds(-0.1))
        assert [api.get(UPLOAD).status for _ in range(2)] == [200, 429]

    def test_who_is_overtaken_by_another_request_asks_again(
        self, make_api: MakeApi, ann: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        api = make_api(ann, requests_per_second=0.01)
        TokenMeter.objects.create(token=Token.objects.get())
        take, lost = update_row, [True]
        monkeypatch.setattr(
            rate, "update_row", lambda *args: False if lost and lost.pop() else take(*args)
        )
        assert [api.get(UPLOAD).status for _ in range(2)] == [200, 429]

    def test_tokens_have_their_own(self, make_api: MakeApi, ann: User) -> None:
        first, second = (make_api(ann, requests_per_second=0.01) for _ in range(2))
        assert [first.get(UPLOAD).status, second.get(UPLOAD).status] == [200, 200]

    @pytest.mark.parametrize("wrong", [0, -1, 1e9, float("nan"), float("inf")])
    def test_a_rate_that_cannot_be_is_refused(self, ann: User, wrong: float) -> None:
        with pytest.raises(ValidationError, match="requests_per_second"):
            tokens.create(ann, requests_per_second=wrong)


class TestInFlight:
    def test_over_the_limit_it_is_429(self, make_api: MakeApi, ann: User) -> None:
        api = make_api(ann, most_in_flight=2)
        assert [api.submit().status for _ in range(2)] == [202, 202]
        answer = api.submit()
        assert_refused(answer, 429, "this token may have 2 that haven't ended")
        assert answer.headers["Retry-After"] == "1"
        assert UniversalAIJob.objects.count() == ApiJob.objects.count() == 2
        assert api.get(f"{JOBS}/{UniversalAIJob.objects.first().pk}").status == 200  # type: ignore[union-attr]

    def test_who_is_overtaken_asks_again_before_anybody_is_told(
        self, make_api: MakeApi, ann: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Another request took the place, and gave it back before we looked why."""
        api = make_api(ann, most_in_flight=1)
        meters.recount(Token.objects.get())
        update, lost = QuerySet.update, [True] * ledger.RACES

        def overtaken(rows: Any, **values: Any) -> int:
            if rows.model is TokenMeter and "in_flight" in values and lost:
                lost.pop()
                return 0
            return update(rows, **values)

        monkeypatch.setattr(QuerySet, "update", overtaken)
        assert api.submit().status == 202
        assert not lost
        assert_refused(api.submit(), 429, "this token may have 1 that haven't ended")

    def test_who_is_overtaken_time_and_again_is_told_to_come_back(
        self, make_api: MakeApi, ann: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def changing(*args: Any) -> None:
            raise refusals.Changing("Other jobs of this token ended just now; try again.", 1.0)

        monkeypatch.setattr(meters, "take", changing)
        answer = make_api(ann, most_in_flight=1).submit()
        assert_refused(answer, 429, "Other jobs of this token ended just now")
        assert answer.headers["Retry-After"] == "1"
        assert not UniversalAIJob.objects.exists()

    def test_a_job_that_ended_makes_room(self, make_api: MakeApi, ann: User) -> None:
        api = make_api(ann, most_in_flight=1)
        for _ in range(3):
            assert api.submit().status == 202
            assert api.submit().status == 429
            engine.advance()

    def test_room_is_there_before_the_signal_is(self, make_api: MakeApi, ann: User) -> None:
        api = make_api(ann, most_in_flight=1)
        for _ in range(3):
            assert api.submit().status == 202
            end()
        assert ApiJob.objects.filter(counted="done").count() == 2

    def test_a_job_that_is_gone_leaves_its_place(self, make_api: MakeApi, ann: User) -> None:
        api = make_api(ann, most_in_flight=1)
        api.submit()
        UniversalAIJob.objects.all().delete()
        assert api.submit().status == 202

    def test_a_limit_that_comes_later_knows_of_earlier_jobs(
        self, make_api: MakeApi, ann: User
    ) -> None:
        api = make_api(ann)
        api.submit()
        Token.objects.update(most_in_flight=1)
        assert api.submit().status == 429

    def test_none_at_all_is_a_limit_too(self, make_api: MakeApi, ann: User) -> None:
        assert make_api(ann, most_in_flight=0).submit().status == 429


class TestBudget:
    @pytest.mark.parametrize("period", ["day", "month"])
    def test_what_was_spent_closes_the_door(
        self, make_api: MakeApi, ann: User, period: str
    ) -> None:
        api = make_api(ann, **{f"credits_per_{period}": Decimal("0.3")})
        for _ in range(3):
            assert api.submit().status == 202
            tell(end("0.1"))
        answer = api.submit()
        assert_refused(answer, 402, "Insufficient credits: of the 0.300 credits")
        assert f"per {period} (UTC), 0.300 are spent" in answer.data["detail"]
        assert "Retry-After" not in answer.headers
        assert UniversalAIJob.objects.count() == 3

    def test_what_is_set_aside_is_as_good_as_spent(self, make_api: MakeApi, ann: User) -> None:
        reserve("0.4")
        api = make_api(ann, credits_per_day=Decimal(1))
        assert [api.submit().status for _ in range(3)] == [202, 202, 402]
        end("0.1")
        end("0.1")
        assert [api.submit().status for _ in range(3)] == [202, 202, 402]
        assert "this one needs 0.400" in api.submit().data["detail"]

    def test_budgets_are_exact(self, make_api: MakeApi, ann: User) -> None:
        reserve("0.1")
        api = make_api(ann, credits_per_day=Decimal(1))
        assert [api.submit().status for _ in range(11)] == [202] * 10 + [402]

    def test_a_new_day_has_a_new_budget(self, make_api: MakeApi, ann: User) -> None:
        reserve("1")
        api = make_api(ann, credits_per_day=Decimal(1))
        assert [api.submit().status for _ in range(2)] == [202, 402]
        yesterday = meters.today() - datetime.timedelta(days=1)
        ApiJob.objects.update(day=yesterday)
        TokenMeter.objects.update(day=yesterday)
        assert [api.submit().status for _ in range(2)] == [202, 402]

    def test_a_job_counts_for_the_day_it_was_asked_for(self, make_api: MakeApi, ann: User) -> None:
        api = make_api(ann, credits_per_day=Decimal(1))
        api.submit()
        yesterday = meters.today() - datetime.timedelta(days=1)
        ApiJob.objects.update(day=yesterday)
        end("5")
        assert api.submit().status == 202
        ledger.catch_up()
        assert DailyUsage.objects.get().day == yesterday

    def test_no_credits_are_a_budget_too(self, make_api: MakeApi, ann: User) -> None:
        assert make_api(ann, credits_per_month=Decimal(0)).submit().status == 402

    def test_a_budget_that_comes_later_knows_what_was_spent(
        self, make_api: MakeApi, ann: User
    ) -> None:
        api = make_api(ann)
        api.submit()
        tell(end("2"))
        Token.objects.update(credits_per_day=Decimal(2))
        assert api.submit().status == 402

    def test_a_cost_that_comes_late_counts(self, make_api: MakeApi, ann: User) -> None:
        reserve("0.5")
        api = make_api(ann, credits_per_day=Decimal(3), most_in_flight=1)
        api.submit()
        job = end(None, due_at=in_seconds(5))
        assert api.submit().status == 202  # it isn't in flight any more
        assert meters.standing(Token.objects.get()).day_spent == 1
        change(job, cost=Decimal("2.5"), due_at=None)
        end("0")
        assert ledger.catch_up() == 2
        assert meters.standing(Token.objects.get()).day_spent == Decimal("2.5")

    def test_the_sandbox_costs_nothing(self, make_api: MakeApi, ann: User) -> None:
        reserve("1")
        api = make_api(ann, sandbox=True, credits_per_day=Decimal(1), most_in_flight=1)
        assert [api.submit().status for _ in range(3)] == [202] * 3

    def test_negative_credits_are_refused(self, ann: User) -> None:
        with pytest.raises(ValidationError, match="credits_per_day"):
            tokens.create(ann, credits_per_day=Decimal(-1))


class TestPriceOfLimits:
    """What a token costs in queries, beyond what a request costs without it."""

    @pytest.fixture
    def token(self, ann: User) -> Token:
        tokens.create(ann)
        return Token.objects.select_related("owner").get()

    def count(self, queries: DjangoAssertNumQueries, token: Token) -> None:
        request = {"model": MODEL, "input": {"file": "https://files.example/a.wav"}}
        ledger.submit(token, **request)  # prices are read, the meter is there
        with queries(3 + 1 + token.is_metered):  # savepoint, job, release; entry, meter
            ledger.submit(token, **request)

    def test_a_post_takes_one_more(
        self, token: Token, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        self.count(django_assert_max_num_queries, token)

    def test_a_post_with_limits_takes_two_more(
        self, token: Token, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        token.most_in_flight, token.credits_per_day = 10, Decimal(10)
        token.save()
        self.count(django_assert_max_num_queries, token)

    def test_a_get_takes_one_more(
        self, make_api: MakeApi, ann: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        api = make_api(ann, requests_per_second=1000)
        api.get(UPLOAD)
        Token.objects.update(last_used_at=timezone.now())
        with django_assert_num_queries(3):  # token, moment, files
            api.get(UPLOAD)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "limit",
    [{"most_in_flight": 5}, {"credits_per_day": Decimal(5)}, {"requests_per_second": 0.001}],
    ids=str,
)
def test_requests_at_the_same_time_get_no_more(
    make_api: MakeApi, ann: User, limit: dict[str, Any]
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("The test's database in memory has no two connections that wait in turn.")
    reserve("1")
    api, together = make_api(ann, **limit), threading.Barrier(8)

    def post() -> list[int]:
        together.wait()
        try:
            return [api.submit().status for _ in range(3)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(post) for _ in range(8)]
        answers = Counter(status for future in futures for status in future.result())
    allowed = 1 if "requests_per_second" in limit else 5
    assert answers == {202: allowed, 402 if "credits_per_day" in limit else 429: 24 - allowed}
    assert UniversalAIJob.objects.count() == allowed
