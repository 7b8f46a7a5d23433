from __future__ import annotations

import datetime
import io
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from django_universal_ai import engine
from django_universal_ai.gateway import ledger, meters, usage
from django_universal_ai.gateway.models import ApiJob, DailyUsage, Token
from django_universal_ai.models import UniversalAIJob
from django_universal_ai.signals import job_failed
from tests.rows import change, make_job

from .client import Api
from .conftest import MakeApi

OTHER = "audio/speech_to_text_async/amazon"


def end(cost: str | None = "0.1", status: str = "success", **more: Any) -> UniversalAIJob:
    """All jobs that haven't ended are over."""
    for job in UniversalAIJob.objects.unfinished():
        ended = {"status": status, "finished_at": timezone.now(), "due_at": None}
        change(job, **ended | {"cost": None if cost is None else Decimal(cost)} | more)
    return UniversalAIJob.objects.latest("requested_at")


def run(*arguments: str) -> list[str]:
    out = io.StringIO()
    call_command("universal_ai", "usage", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_token_of_a_job_is_kept(api: Api, ann: User) -> None:
    job_id = api.submit().data["public_id"]
    entry = ApiJob.objects.get()
    assert (str(entry.job_id), entry.token, entry.counted) == (job_id, Token.objects.get(), "open")


def test_a_refused_request_leaves_nothing(api: Api) -> None:
    assert api.submit(input={}).status == 422
    assert not ApiJob.objects.exists()


def test_the_same_idempotency_key_counts_once(make_api: MakeApi, ann: User) -> None:
    make_api(ann, most_in_flight=1)
    token = Token.objects.select_related("owner").get()
    request = {"model": OTHER, "input": {"file": "https://files.example/a.wav"}}
    first, again = (ledger.submit(token, **request, idempotency_key="a") for _ in range(2))
    assert first.pk == again.pk
    assert ApiJob.objects.count() == 1


def test_jobs_are_counted_as_they_end(api: Api) -> None:
    api.submit()
    api.submit(OTHER)
    assert not DailyUsage.objects.exists()
    engine.advance()
    rows = DailyUsage.objects.order_by("provider").values_list("provider", "jobs", "failed")
    assert list(rows) == [("amazon", 1, 0), ("google", 1, 0)]
    assert {row.day for row in DailyUsage.objects.all()} == {meters.today()}


def test_a_signal_that_comes_again_counts_once(api: Api) -> None:
    api.submit()
    job = end("0.25", "fail")
    for _ in range(3):
        job_failed.send(sender=UniversalAIJob, job=job, event_id=uuid.uuid4())
    row = DailyUsage.objects.get()
    assert (row.jobs, row.failed, row.cost) == (1, 1, Decimal("0.25"))


def test_jobs_that_did_not_come_over_the_api_are_not_counted(ann: User) -> None:
    job = make_job("fail", owner=ann, cost=Decimal(1))
    job_failed.send(sender=UniversalAIJob, job=job, event_id=uuid.uuid4())
    assert usage.totals() == []


def test_a_cost_that_came_late_is_counted_with_the_next_end(api: Api) -> None:
    api.submit()
    first = end(None, due_at=timezone.now())
    assert usage.totals() == []
    change(first, cost=Decimal(2), due_at=None)
    api.submit()
    job_failed.send(sender=UniversalAIJob, job=end("0", "fail"), event_id=uuid.uuid4())
    assert DailyUsage.objects.get().cost == 2


def test_a_job_whose_token_is_gone_is_counted_for_its_owner(api: Api, ann: User) -> None:
    api.submit()
    Token.objects.all().delete()
    job = end("0.25", "fail")
    job_failed.send(sender=UniversalAIJob, job=job, event_id=uuid.uuid4())
    usage_ = DailyUsage.objects.get()
    assert (usage_.owner, usage_.token, usage_.jobs, usage_.cost) == (ann, None, 1, Decimal("0.25"))


def test_what_was_used_with_deleted_tokens_is_each_owners_own(
    make_api: MakeApi, ann: User, bob: User
) -> None:
    costs = {bob: "1", ann: "50"}
    for owner, cost in costs.items():
        make_api(owner=owner).submit()
        Token.objects.all().delete()
        job_failed.send(sender=UniversalAIJob, job=end(cost, "fail"), event_id=uuid.uuid4())
    rows = DailyUsage.objects.values_list("owner", "jobs", "cost")
    assert set(rows) == {(who.pk, 1, Decimal(cost)) for who, cost in costs.items()}


def test_more_than_one_batch_is_counted_to_its_end(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "BATCH", 2)
    for _ in range(5):
        api.submit()
    end()
    assert ledger.catch_up() == 5
    assert DailyUsage.objects.get().jobs == 5


def test_a_cost_that_never_comes_is_none(api: Api) -> None:
    api.submit()
    end(None)
    (row,) = usage.totals()
    assert (row["all_jobs"], row["credits"]) == (1, 0)


def test_totals_by_whatever_is_asked(
    make_api: MakeApi, ann: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    anns, bobs = make_api(ann), make_api(bob)
    for api, model in ((anns, OTHER), (anns, OTHER), (bobs, OTHER), (anns, OTHER + "/m1")):
        api.submit(model)
    end("0.1")
    by_owner = {row["owner"]: row["credits"] for row in usage.totals(["owner"])}
    assert by_owner == {ann.pk: Decimal("0.3"), bob.pk: Decimal("0.1")}
    with django_assert_num_queries(2):  # what isn't counted, the sums
        (row,) = usage.totals(["feature"], owner=ann)
    assert (row["feature"], row["all_jobs"]) == ("audio", 3)
    tomorrow = meters.today() + datetime.timedelta(days=1)
    assert usage.totals(since=tomorrow) == usage.totals(until=meters.today() - tomorrow.resolution)
    assert usage.totals(token=Token.objects.get(owner=bob), until=tomorrow) != []


def test_totals_outlive_jobs_tokens_and_owners(api: Api, ann: User) -> None:
    api.submit()
    end("0.5")
    assert usage.totals()
    api.submit()
    UniversalAIJob.objects.finished().delete()
    Token.objects.all().delete()
    end("0.25")
    ann.delete()
    ledger.catch_up()
    assert sum(row["credits"] for row in usage.totals()) == Decimal("0.75")


def test_what_is_not_counted_is_found_by_an_index(api: Api) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Others choose by the size of their tables.")
    waiting = ApiJob.objects.filter(counted__in=("open", "unpriced"))
    assert "uai_api_job_counted" in waiting.explain()


class TestCommand:
    def test_it_says_what_was_used(self, api: Api) -> None:
        api.submit()
        api.submit()
        end("0.1")
        prefix = Token.objects.get().prefix
        day = meters.today().isoformat()
        assert run() == [
            f"{day}  ann  {prefix}  audio/speech_to_text_async/google  "
            "2 jobs, 0 failed, 0.200 credits",
            "In all: 2 jobs, 0.200 credits",
        ]
        assert json.loads(run("--json", "--owner", "ann", "--token", prefix)[0]) == {
            "day": day,
            "owner": "ann",
            "token": prefix,
            "model": "audio/speech_to_text_async/google",
            "jobs": 2,
            "failed": 0,
            "cost": "0.200",
        }
        assert run("--since", "2999-01-01") == ["In all: 0 jobs, 0.000 credits"]
        assert run("--until", "2000-01-01", "--json") == []

    def test_a_whole_token_is_found_by_its_beginning(self, api: Api) -> None:
        assert run("--token", str(api.token)) == ["In all: 0 jobs, 0.000 credits"]

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--owner", "nobody"], "no user 'nobody'"),
            (["--token", "uai_nothing"], "no token that begins with 'uai_nothing'"),
            (["--token", "uai_"], "more than one token"),
            (["--since", "yesterday"], "write it as 2026-01-31"),
        ],
    )
    def test_what_cannot_be_is_said(
        self, api: Api, bobs: Api, arguments: list[str], words: str
    ) -> None:
        with pytest.raises(CommandError) as caught:
            run(*arguments)
        assert words in str(caught.value)


class TestAdmin:
    LIST = "/admin/universal_ai_gateway/dailyusage/"

    def test_days_with_their_sum(self, api: Api, admin_client: Client) -> None:
        api.submit()
        api.submit(OTHER)
        end("0.1")
        page = admin_client.get(self.LIST).content.decode()
        assert "2 jobs, 0.200 credits" in page
        assert "amazon" in page
        page = admin_client.get(f"{self.LIST}?provider=google").content.decode()
        assert "1 job, 0.100 credits" in page
        assert admin_client.get(f"{self.LIST}?day__year=1999").status_code == 200
        assert admin_client.get(f"{self.LIST}add/").status_code == 403
        assert admin_client.get(f"{self.LIST}?nonsense=1").status_code == 302

    def test_a_token_shows_where_it_stands(
        self, make_api: MakeApi, ann: User, admin_client: Client
    ) -> None:
        api = make_api(ann, credits_per_day=Decimal(2), most_in_flight=3)
        api.submit()
        end("0.5")
        api.submit()
        token = Token.objects.get()
        url = f"/admin/universal_ai_gateway/token/{token.pk}/change/"
        page = admin_client.get(url).content.decode()
        for words in ("1 of 3", "0.500 credits of 2.000", "0.500 credits<"):
            assert words in page
        assert f"{self.LIST}?token__id__exact={token.pk}" in page
        listed = admin_client.get(f"{self.LIST}?token__id__exact={token.pk}").content.decode()
        assert "0.500 credits" in listed

    def test_limits_are_set_there(self, ann: User, api: Api, admin_client: Client) -> None:
        token = Token.objects.get()
        url = f"/admin/universal_ai_gateway/token/{token.pk}/change/"
        form = {"name": "x", "allowed_features": "ocr\naudio/tts, text", "most_in_flight": "2"}
        api.submit()
        assert admin_client.post(url, form).status_code == 302
        token = Token.objects.get()
        assert token.allowed_features == ["ocr", "audio/tts", "text"]
        assert token.most_in_flight == 2
        assert meters.standing(token).in_flight == 1
        assert api.submit().status == 403
        page = admin_client.get(url).content.decode()
        assert "ocr\naudio/tts\ntext</textarea>" in page
        for wrong in ({"credits_per_day": "-1"}, {"allowed_features": "a/b/c"}):
            assert "errorlist" in admin_client.post(url, form | wrong).content.decode()

    def test_prices_are_set_there(self, admin_client: Client) -> None:
        url = "/admin/universal_ai/price/"
        good = {"name": "ocr/ocr_async/rapidocr", "unit": "page", "amount": "0.0015"}
        assert (
            "errorlist" in admin_client.post(f"{url}add/", good | {"name": "a/b"}).content.decode()
        )
        assert (
            "errorlist" in admin_client.post(f"{url}add/", good | {"amount": "-1"}).content.decode()
        )
        assert admin_client.post(f"{url}add/", good).status_code == 302
        assert "0.0015" in admin_client.get(url).content.decode()
