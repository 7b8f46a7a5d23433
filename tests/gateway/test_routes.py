from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import FileSystemStorage
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from django_universal_ai.gateway import urls
from django_universal_ai.models import UniversalAIJob

from .client import JOBS, UPLOAD, Api


@pytest.mark.parametrize("path", ["/v3/", "/v3/nothing", f"{JOBS}/a/b", f"{JOBS}/", "/v3/%00\n"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_address_is_not_found(api: Api, path: str, method: str) -> None:
    answer = api.request(method, path)
    assert (answer.status, list(answer.data)) == (404, ["detail"])


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", JOBS, {"GET", "POST"}),
        ("POST", f"{JOBS}/x", {"GET", "DELETE"}),
        ("OPTIONS", UPLOAD, {"DELETE", "GET", "POST"}),
        ("GET", f"{UPLOAD}/delete", {"POST"}),
    ],
)
def test_another_method_is_refused(api: Api, method: str, path: str, allowed: set[str]) -> None:
    answer = api.request(method, path)
    assert (answer.status, list(answer.data)) == (405, ["detail"])
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_the_routes_have_names() -> None:
    assert reverse("universal_ai_gateway:create_async_job") == JOBS
    assert reverse("universal_ai_gateway:upload_file") == UPLOAD


def test_the_urls_may_be_loaded_again(api: Api, settings: Settings) -> None:
    before = [pattern.name for pattern in urls.urlpatterns]
    assert [pattern.name for pattern in importlib.reload(urls).urlpatterns] == before
    settings.ROOT_URLCONF = "tests.gateway.urls_twice"
    assert api.get(JOBS).status == 200
    assert api.get(JOBS.replace("v3", "api/v3")).status == 200


MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def test_a_token_is_enough_where_everything_needs_a_login(api: Api, settings: Settings) -> None:
    settings.MIDDLEWARE = MIDDLEWARE
    assert api.submit().status == 202
    assert api.upload().status == 200
    assert api.get(JOBS).status == 200
    assert api.get("/v3/nothing").status == 404
    assert Api(api.client, None).get(JOBS).status == 401


def test_a_session_is_not_enough(ann: User) -> None:
    client = Client()
    client.force_login(ann)
    assert Api(client, None).get(JOBS).status == 401


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_a_body_arrives(
    make_api: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    seen: list[bool] = []
    save = FileSystemStorage.save

    def look(*args: Any, **kwargs: Any) -> str:
        seen.append(connection.in_atomic_block)
        return save(*args, **kwargs)

    monkeypatch.setattr(FileSystemStorage, "save", look)
    api = make_api(User.objects.create_user("cleo"))
    assert api.upload().status == 200
    assert seen
    assert not any(seen)
    assert api.submit().status == 202
    assert UniversalAIJob.objects.count() == 1


def test_the_app_can_be_imported_before_django_is_set_up() -> None:
    code = "import django_universal_ai.gateway.conf, django_universal_ai.gateway.apps"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
