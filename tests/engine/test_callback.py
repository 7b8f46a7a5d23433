"""What is added to a request so that a webhook comes."""

from __future__ import annotations

import logging
import sys
from types import ModuleType

import pytest
from pytest_django import Settings

from django_universal_ai.contract import JobRequest
from django_universal_ai.engine.callback import (
    BACKUP,
    TOKEN_PARAMETER,
    backed_up,
    callback,
)
from tests.remote import Configure
from tests.rows import AUDIO, URL, make_job


def request(**fields: object) -> JobRequest:
    return JobRequest.parse({"model": AUDIO, "input": {"file": URL}, **fields})


@pytest.mark.parametrize("root", ["https://here.example", "https://here.example/"])
def test_the_address_is_below_the_public_root(configure: Configure, root: str) -> None:
    backend = configure(webhook_url=root)
    assert callback(backend, request(), "t") == {
        "webhook_receiver": "https://here.example/universal-ai/webhook/",
        "user_webhook_parameters": {TOKEN_PARAMETER: "t"},
    }


def test_the_hosts_parameters_go_along(configure: Configure) -> None:
    backend = configure(webhook_url="https://here.example")
    added = callback(backend, request(user_webhook_parameters={"case": 7}), "t")
    assert added["user_webhook_parameters"] == {"case": 7, TOKEN_PARAMETER: "t"}


def test_without_a_url_nothing_is_added(configure: Configure) -> None:
    assert callback(configure(), request(), "t") == {}


def test_a_receiver_of_the_hosts_own_gets_no_token(configure: Configure) -> None:
    backend = configure(webhook_url="https://here.example")
    assert callback(backend, request(webhook_receiver="https://host.example/x"), "t") == {}


@pytest.mark.django_db
def test_a_job_whose_end_is_told_is_looked_at_rarely(configure: Configure) -> None:
    told = configure(webhook_url="https://here.example")
    assert backed_up(told, make_job(), 2.0) == BACKUP
    assert backed_up(told, make_job(), 2 * BACKUP) == 2 * BACKUP
    assert backed_up(told, make_job(webhook_receiver="https://host.example/x"), 2.0) == 2.0
    assert backed_up(configure(), make_job(), 2.0) == 2.0


def test_without_the_urls_jobs_are_sent_and_the_log_says_why(
    configure: Configure, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    backend = configure(webhook_url="https://here.example")
    empty = ModuleType("tests_no_urls")
    empty.urlpatterns = []  # type: ignore[attr-defined]
    sys.modules["tests_no_urls"] = empty
    settings.ROOT_URLCONF = "tests_no_urls"
    with caplog.at_level(logging.ERROR):
        assert callback(backend, request(), "t") == {}
    assert "django_universal_ai.urls isn't included" in caplog.text
