"""Accounts that are closed for a while, refused, or paused by a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from pytest_django import Settings

from django_universal_ai import limits
from django_universal_ai.backends import backends
from django_universal_ai.exceptions import (
    AccountPaused,
    AuthenticationFailed,
    NotFound,
    OutcomeUnknown,
    PaymentRequired,
    RateLimited,
    Rejected,
)
from django_universal_ai.models import Account
from tests.counted import account, an_hour_passes, backend
from tests.rows import in_seconds

pytestmark = pytest.mark.django_db

HTTP = "django_universal_ai.backends.http.HTTPBackend"
LOCAL = "django_universal_ai.backends.local.LocalBackend"
#: By how much two clocks of one machine may differ in what they show.
JUST = timedelta(milliseconds=20)


class TestGate:
    def test_a_closed_gate_lets_nobody_through(self) -> None:
        limits.close_gate(backend(), 30)
        assert not limits.is_open(backend())
        assert limits.take(backend()) == []
        an_hour_passes()
        assert limits.is_open(backend())
        assert len(limits.take(backend())) == 1

    def test_a_pause_is_made_longer_and_never_shorter(self) -> None:
        limits.close_gate(backend(), 30)
        until = account().closed_until
        limits.close_gate(backend(), 5)
        assert account().closed_until == until
        limits.close_gate(backend(), 300)
        assert account().closed_until > in_seconds(250)

    def test_it_opens_a_little_later_than_is_asked_for(self) -> None:
        """Each time by another time, so that not all come back at once."""
        for _ in range(10):
            before = in_seconds(30)
            limits.close_gate(backend(), 30)
            until = account().closed_until
            assert before - JUST < until < in_seconds(30.25) + JUST
            Account.objects.update(closed_until=None)

    def test_without_a_word_the_pause_is_short(self) -> None:
        limits.close_gate(backend(), None)
        until = account().closed_until
        assert until
        assert in_seconds(1) < until < in_seconds(3)

    def test_a_429_closes_it(self) -> None:
        with pytest.raises(RateLimited), limits.minded(backend()):
            raise RateLimited("429", retry_after=30)
        assert not limits.is_open(backend())
        assert account().closed_until > in_seconds(20)
        assert account().refusal == ""


class TestBreaker:
    @pytest.mark.parametrize("error", [AuthenticationFailed, PaymentRequired])
    def test_a_refused_account_is_stopped(self, error: type[Exception]) -> None:
        with pytest.raises(error), limits.minded(backend()):
            raise error("No. " * 500)
        assert account().refusal == ("No. " * 500)[:500]
        assert account().refused_at
        assert limits.take(backend(), 10) == []

    def test_one_probe_goes_out_and_the_others_wait(self) -> None:
        limits.open_breaker(backend(), "402")
        an_hour_passes()
        (probe,) = limits.take(backend(), 10)
        assert probe.is_probe
        assert not probe.seconds_left
        assert account().closed_until > in_seconds(limits.PROBE_EVERY - 10)
        assert limits.take(backend(), 10) == []

    def test_an_account_that_was_never_closed_is_probed_at_once(self) -> None:
        limits.open_breaker(backend(), "402")
        Account.objects.update(closed_until=None)
        assert [turn.is_probe for turn in limits.take(backend())] == [True]

    @pytest.mark.parametrize("error", [None, NotFound, Rejected])
    def test_a_probe_that_arrives_ends_it(self, error: type[Exception] | None) -> None:
        self._probe(error)
        assert (account().refusal, account().refused_at, account().closed_until) == ("", None, None)
        assert limits.take(backend(), 10)

    @pytest.mark.parametrize("error", [OutcomeUnknown, PaymentRequired, RateLimited, KeyError])
    def test_a_probe_that_does_not_leaves_it(self, error: type[Exception]) -> None:
        self._probe(error)
        assert account().refusal
        assert limits.take(backend(), 10) == []

    def _probe(self, error: type[Exception] | None) -> None:
        limits.open_breaker(backend(), "402")
        since = account().refused_at
        an_hour_passes()
        (probe,) = limits.take(backend())
        try:
            with limits.minded(backend(), probe):
                if error:
                    raise error("said")
        except Exception as caught:
            assert type(caught) is error  # noqa: PT017 - which one it is, is the parameter
        assert account().refused_at in (since, None)

    def test_a_usual_request_ends_nothing(self) -> None:
        limits.open_breaker(backend(), "402")
        with limits.minded(backend(), limits.Turn(0)):
            pass
        assert account().refusal == "402"


class TestPause:
    def test_no_request_leaves_while_a_person_says_so(self) -> None:
        limits.ensure("counted")
        assert limits.pause("counted", by="anna", reason="Their bill is odd.")
        assert not limits.is_open(backend())
        assert limits.take(backend(), 5) == []
        assert limits.busy_for(backend(10)) is None
        with pytest.raises(AccountPaused, match="paused by anna: Their bill is odd"):
            limits.take_one(backend())
        Account.objects.update(paused_by="", pause_reason="")
        with pytest.raises(AccountPaused, match=r"paused by somebody\.$"):
            limits.take_one(backend())
        assert limits.resume("counted")
        assert len(limits.take(backend())) == 1

    def test_the_service_neither_ends_nor_breaks_it(self) -> None:
        limits.ensure("counted")
        limits.pause("counted", by="anna")
        limits.open_breaker(backend(), "402")
        an_hour_passes()
        assert limits.take(backend()) == []  # not even a probe
        limits.close_breaker(backend())
        assert limits.take(backend()) == []
        limits.resume("counted")
        assert len(limits.take(backend())) == 1

    def test_the_first_who_pauses_it_is_named(self) -> None:
        limits.ensure("counted")
        assert not limits.resume("counted")
        assert limits.pause("counted", by="anna", reason="x" * 900)
        assert not limits.pause("counted", by="berta", reason="other")
        assert (account().paused_by, account().pause_reason) == ("anna", "x" * 500)
        assert limits.resume("counted")
        assert (account().paused_at, account().paused_by, account().pause_reason) == (None, "", "")
        assert limits.pause("counted", by="a" * 900)
        assert (account().paused_by, account().pause_reason) == ("a" * 150, "")

    def test_an_account_that_asked_for_nothing_yet_can_be_paused(self, settings: Settings) -> None:
        settings.UNIVERSAL_AI = {"default": {"BACKEND": HTTP, "OPTIONS": {"api_key": "k"}}}
        name = backends["default"].account
        assert not limits.resume(name)
        assert limits.pause(name, by="anna")
        assert not limits.pause(name, by="anna")

    @pytest.mark.parametrize("change", [limits.resume, partial(limits.pause, by="anna")])
    def test_an_unknown_name_is_told_the_known(
        self, settings: Settings, change: Callable[[str], bool]
    ) -> None:
        settings.UNIVERSAL_AI = {
            "default": {"BACKEND": HTTP, "OPTIONS": {"api_key": "k"}},
            "local": {"BACKEND": LOCAL},
        }
        limits.ensure("counted")
        known = f"counted, {backends['default'].account}"
        for name in ("default", "local"):
            with pytest.raises(LookupError, match=f"called '{name}'. Known: {known}. A backend"):
                change(name)


class TestAccounts:
    """What happens to one is nothing to another."""

    @pytest.fixture(autouse=True)
    def _another(self) -> None:
        limits.ensure("counted")
        limits.ensure("another")

    def another(self) -> Account:
        return Account.objects.get(name="another")

    def test_turns(self) -> None:
        assert limits.take(backend(10))
        assert self.another().next_request_at is None

    def test_probes(self) -> None:
        limits.open_breaker(backend(), "402")
        Account.objects.update(refusal="402", closed_until=None)
        assert limits.take(backend())
        assert self.another().closed_until is None

    def test_pauses(self) -> None:
        limits.pause("counted", by="anna")
        assert self.another().paused_at is None
        limits.pause("another", by="anna")
        limits.resume("counted")
        assert self.another().paused_at
