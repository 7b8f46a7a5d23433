"""People who wait for jobs, and the addresses that they ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from django_universal_ai.live.links import signed_key
from django_universal_ai.models import UniversalAIJob

Person = Callable[..., Client]


@pytest.fixture
def ada(db: None) -> User:
    """Who owns the jobs."""
    return User.objects.create_user("ada")


@pytest.fixture
def as_ada(ada: User) -> Client:
    """Ada's browser."""
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def as_bob(db: None) -> Client:
    """Somebody else's."""
    client = Client()
    client.force_login(User.objects.create_user("bob"))
    return client


def url_of(job: UniversalAIJob | str, name: str = "fragment", *, signed: str = "") -> str:
    """An address of the job: ``name`` is page, fragment, events or retry."""
    key = job if isinstance(job, str) else str(job.pk)
    if signed and isinstance(job, UniversalAIJob):
        key = signed_key(job, retry=signed == "retry")
    route = "live" if name == "page" else f"live-{name}"
    return reverse(f"universal_ai:{route}", args=[key])


def press_retry(client: Client, job: UniversalAIJob, url: str = "", **more: Any) -> Any:
    """Post the form of the button."""
    return client.post(url or url_of(job, "retry"), {"job": str(job.pk), **more})
