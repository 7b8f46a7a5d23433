from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from django_universal_ai.gateway import tokens
from django_universal_ai.gateway.models import Token

from .client import UPLOAD, Api
from .conftest import MakeApi


def find(plain: str) -> Token | None:
    return tokens.find(tokens.digest(plain))


def test_a_token_is_random_and_says_whose_kind_it_is(ann: User) -> None:
    made = [tokens.create(ann) for _ in range(3)]
    assert len(set(made)) == 3
    assert {(token[:4], len(token)) for token in made} == {("uai_", 47)}


def test_only_the_hash_is_kept(ann: User) -> None:
    plain = tokens.create(ann, name="backup")
    row = Token.objects.values().get()
    assert row["hash"] == hashlib.sha256(plain.encode()).hexdigest()
    assert row["prefix"] == plain[:12]
    assert not [value for value in row.values() if plain in str(value)]
    assert plain not in repr(Token.objects.get())


def test_a_token_is_shown_by_its_name_and_beginning(ann: User) -> None:
    plain = tokens.create(ann, name="backup")
    assert str(Token.objects.get()) == f"backup ({plain[:12]}…)"
    tokens.create(ann)
    assert str(Token.objects.get(name="")).startswith("uai_")


def test_a_token_acts_for_its_owner(ann: User) -> None:
    token = find(tokens.create(ann))
    assert token is not None
    assert token.owner == ann


@pytest.mark.parametrize("wrong", ["", "uai_", "x" * 5000, "\udc80", "naïve"])
def test_a_text_that_is_no_token_finds_nothing(ann: User, wrong: str) -> None:
    tokens.create(ann)
    assert find(wrong) is None


def test_a_token_ends(ann: User) -> None:
    now = timezone.now()
    assert find(tokens.create(ann, expires_at=now + timedelta(hours=1)))
    assert find(tokens.create(ann, expires_at=now)) is None


def test_not_more_tokens_are_remembered_than_there_is_room_for(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "FRESH_FOR", 60.0)
    monkeypatch.setattr(tokens, "MOST_KNOWN", 2)
    known: dict[str, Any] = {}
    monkeypatch.setattr(tokens, "_known", known)
    made = [tokens.create(ann) for _ in range(5)]
    for plain in [*made, *made]:
        assert find(plain)
        assert len(known) <= 2


def test_a_revoked_token_opens_nothing(ann: User) -> None:
    plain = tokens.create(ann)
    token = Token.objects.get()
    assert tokens.revoke(token)
    assert find(plain) is None
    assert not tokens.revoke(token)


def test_the_tokens_of_an_owner_who_may_not_log_in_open_nothing(ann: User) -> None:
    plain = tokens.create(ann)
    User.objects.update(is_active=False)
    assert find(plain) is None


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer\t{token}",
        "Token {token}",
    ],
)
def test_without_a_valid_token_nobody_comes_in(api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.format(token=api.token)}
    answer = Api(api.client, None).get(UPLOAD, headers=headers)
    assert answer.status == 401
    assert list(answer.data) == ["detail"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["bearer {token}", "BEARER   {token} "])
def test_the_scheme_may_be_in_any_case(api: Api, header: str) -> None:
    headers = {"Authorization": header.format(token=api.token)}
    assert Api(api.client, None).get(UPLOAD, headers=headers).status == 200


def test_wrong_expired_and_revoked_tokens_are_told_apart_by_nobody(
    make_api: MakeApi, ann: User, api: Api
) -> None:
    expired = make_api(ann, expires_at=timezone.now())
    revoked = make_api(ann)
    tokens.revoke(Token.objects.latest("pk"))
    wrong = Api(api.client, "uai_wrong")
    answers = [each.get(UPLOAD) for each in (expired, revoked, wrong, Api(api.client, None))]
    assert [answer.status for answer in answers] == [401] * 4
    assert len({str(answer.data) for answer in answers}) == 1


def test_the_last_use_is_noted_at_most_once_a_minute(api: Api) -> None:
    assert Token.objects.get().last_used_at is None
    api.get(UPLOAD)
    first = Token.objects.get().last_used_at
    assert first
    api.get(UPLOAD)
    assert Token.objects.get().last_used_at == first
    Token.objects.update(last_used_at=first - timedelta(seconds=61))
    api.get(UPLOAD)
    again = Token.objects.get().last_used_at
    assert again
    assert again >= first
