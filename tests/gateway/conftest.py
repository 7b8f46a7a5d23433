from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from django_universal_ai.gateway import tokens
from tests.contract.conftest import documents, schemas

from .client import Api

__all__ = ["documents", "schemas"]

MakeApi = Callable[..., Api]


@pytest.fixture(autouse=True)
def _urls(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.gateway.urls"


@pytest.fixture(autouse=True)
def _tokens_are_read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "FRESH_FOR", 0.0)


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_user("ann")


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def make_api() -> MakeApi:
    """Makes clients that act for a user; more goes into their token."""

    def make(owner: User, **token: Any) -> Api:
        # A server error is to arrive as an answer, as it does outside.
        return Api(Client(enforce_csrf_checks=True), tokens.create(owner, **token))

    return make


@pytest.fixture
def api(make_api: MakeApi, ann: User) -> Api:
    """Ann's client."""
    return make_api(ann)


@pytest.fixture
def bobs(make_api: MakeApi, bob: User) -> Api:
    return make_api(bob)
