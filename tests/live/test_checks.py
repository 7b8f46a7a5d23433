"""What can be set wrongly is said before anybody sees it."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from django_universal_ai.live.checks import check_live


def found(settings: Settings, live: Any) -> list[tuple[str | None, str]]:
    settings.UNIVERSAL_AI_LIVE = live
    return [(message.id, message.msg) for message in check_live()]


def test_nothing_is_wrong_where_nothing_is_set(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.live.no_urls"
    settings.TEMPLATES = []
    assert check_live() == []


@pytest.mark.parametrize(
    "live",
    [
        {},
        {"MAY_SEE": "tests.live.rules.always", "MAY_RETRY": None, "STREAM": False},
        {"LINK_SECONDS": 60, "STREAM_SECONDS": 1, "MOST_STREAMS": 1},
    ],
)
def test_good_settings(settings: Settings, live: Any) -> None:
    assert found(settings, live) == []


@pytest.mark.parametrize(
    ("live", "words"),
    [
        ([], "must be a dictionary"),
        ({"MAY_SE": "x"}, "Did you mean 'MAY_SEE'?"),
        ({"MAY_SEE": len}, "['MAY_SEE'] must be the dotted path"),
        ({"MAY_SEE": "no.such.rule"}, "['MAY_SEE'] can't be imported"),
        ({"MAY_RETRY": "rule"}, "['MAY_RETRY'] can't be imported"),
        ({"MAY_RETRY": "tests.live.rules.NOT_A_RULE"}, "is none"),
        ({"STREAM": 1}, "['STREAM'] must be True or False"),
        ({"LINK_SECONDS": 0}, "['LINK_SECONDS'] must be a positive whole number"),
        ({"LINK_SECONDS": "7 days"}, "must be a positive whole number"),
        ({"MOST_STREAMS": True}, "must be a positive whole number"),
        ({"STREAM_SECONDS": None}, "must be a positive whole number"),
    ],
)
def test_settings_that_cant_work(settings: Settings, live: Any, words: str) -> None:
    ((name, message),) = found(settings, live)
    assert name == "universal_ai.E041"
    assert words in message


def test_urls_that_arent_included(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.live.no_urls"
    assert [name for name, _ in found(settings, {})] == ["universal_ai.E042"]


def test_templates_that_dont_know_the_request(settings: Settings) -> None:
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "OPTIONS": {}}]
    assert [name for name, _ in found(settings, {})] == ["universal_ai.W043"]


def test_no_place_for_static_files(settings: Settings) -> None:
    settings.STATIC_URL = None
    assert [name for name, _ in found(settings, {})] == ["universal_ai.W044"]
