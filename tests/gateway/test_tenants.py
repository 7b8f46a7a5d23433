"""Two tenants over every route that the gateway has, found by looking at its URLs.

A route that is added later is tried here by itself. One whose path has a parameter that this file
doesn't know fails until :data:`IDS` or :data:`VOCABULARY` says what it is.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern

from django_universal_ai.gateway import urls
from django_universal_ai.models import UniversalAIFile, UniversalAIJob
from tests.rows import change

from .client import JOBS, MODEL, UPLOAD, URL, Answer, Api
from .conftest import MakeApi

LOCAL = "audio/speech_to_text_async/pocketsphinx"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

#: Whose ids the parameters of paths are, by the model that has them.
IDS = {"job_id": UniversalAIJob, "file_id": UniversalAIFile}
#: Parameters that are words of the contract, the same for all tenants.
VOCABULARY = {"feature": "audio", "subfeature": "speech_to_text_async"}
#: What differs between two answers to the same question.
OWN_HEADERS = {"Date", "X-Request-Id"}

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    #: Below ``/v3/``, as Django writes it: ``universal-ai/async/<job_id>``.
    path: str

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.path)

    def url(self, some_id: object) -> str:
        def filled(found: re.Match[str]) -> str:
            return VOCABULARY.get(found[1], str(some_id))

        return "/v3/" + _PARAMETER.sub(filled, self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def routes() -> Iterator[Route]:
    """Every method on every address; those that aren't served answer 405, and must not differ."""
    for path in {str(pattern.pattern) for pattern in _patterns()}:
        for method in METHODS:
            yield Route(method, path)


def _patterns() -> Iterator[URLPattern]:
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern), f"{pattern}: let this test look into it"
        if str(pattern.pattern):  # the last one takes what no other took
            yield pattern


ROUTES = sorted(routes(), key=str)
WITH_AN_ID = [route for route in ROUTES if set(route.parameters) & set(IDS)]


@pytest.fixture
def anns(api: Api, ann: User) -> dict[type, uuid.UUID]:
    """Ann has a job with an output and a file; their ids."""
    file_id = api.upload(b"RIFF of Ann", name="secret-of-ann.wav", purpose="annual").data["file_id"]
    body: dict[str, Any] = {
        "user_webhook_parameters": {"secret": "of Ann"},
        "show_original_response": True,
    }
    job_id = api.submit(input={"file": file_id}, **body).data["public_id"]
    job = UniversalAIJob.objects.get(pk=job_id)
    change(job, status="success", output={"text": "secret of Ann"}, due_at=None)
    return {UniversalAIJob: uuid.UUID(job_id), UniversalAIFile: uuid.UUID(file_id)}


def ask(api: Api, route: Route, some_id: object) -> tuple[Answer, int]:
    """The answer, and how many queries it took."""
    body: Any = b""
    if route.method in ("POST", "PUT", "PATCH"):
        body = json.dumps(
            {
                "file_ids": [str(some_id)],
                "job_id": str(some_id),
                "model": LOCAL,
                "input": {"file": str(some_id)},
            }
        )
    with CaptureQueriesContext(connection) as queries:
        response = api.client.generic(
            route.method,
            route.url(some_id),
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {api.token}"},
        )
    text = response.content.decode()
    data = text.replace(str(some_id), "ID")
    headers = {name: value for name, value in response.items() if name not in OWN_HEADERS}
    return Answer(response.status_code, data, headers), len(queries)


def everything() -> list[Any]:
    """All rows of jobs and files, to be compared."""
    models: list[Any] = [UniversalAIJob, UniversalAIFile]
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_every_parameter_of_a_path_is_known() -> None:
    for route in ROUTES:
        unknown = set(route.parameters) - set(IDS) - set(VOCABULARY)
        assert not unknown, f"{route}: say in IDS or VOCABULARY what {unknown} is"
    assert WITH_AN_ID


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_nothing_of_another_is_seen_or_touched(
    api: Api, bobs: Api, anns: dict[type, uuid.UUID], route: Route
) -> None:
    before, seen = everything(), api.get(f"{JOBS}/{anns[UniversalAIJob]}").data
    for foreign in anns.values():
        ask(bobs, route, uuid.uuid4())  # what is made or noted once, is
        unknown, queries_for_unknown = ask(bobs, route, uuid.uuid4())
        answer, queries = ask(bobs, route, foreign)
        assert answer == unknown
        # As much work, so as much time.
        assert queries == queries_for_unknown
        for secret in ("of Ann", "of-ann", "annual", *map(str, anns.values())):
            assert secret not in answer.data
    after = everything()
    for rows, rows_before in zip(after, before, strict=True):
        assert [row for row in rows if row in rows_before] == rows_before
    assert api.get(f"{JOBS}/{anns[UniversalAIJob]}").data == seen


@pytest.mark.parametrize("route", WITH_AN_ID, ids=str)
def test_what_is_another_s_is_there_for_its_owner(
    api: Api, anns: dict[type, uuid.UUID], route: Route
) -> None:
    """Else the test above would say nothing."""
    (parameter,) = set(route.parameters) & set(IDS)
    answer, _queries = ask(api, route, anns[IDS[parameter]])
    assert answer.status in (200, 405)


def test_lists_and_their_filters_show_ones_own(
    api: Api, bobs: Api, anns: dict[type, uuid.UUID]
) -> None:
    for query in ("", "?status=success", "?feature=audio", "?limit=1000", "?purpose=annual"):
        for path in (JOBS, UPLOAD):
            assert bobs.get(path + query).data["total"] == 0
    assert api.get(JOBS).data["total"] == api.get(UPLOAD).data["total"] == 1


def test_deleting_all_deletes_ones_own(api: Api, bobs: Api, anns: dict[type, uuid.UUID]) -> None:
    mine = bobs.upload().data["file_id"]
    both = {"file_ids": [mine, str(anns[UniversalAIFile])]}
    assert bobs.post(f"{UPLOAD}/delete", both).data == {"deleted_count": 1}
    bobs.upload()
    assert bobs.delete(UPLOAD).data == {"deleted_count": 1}
    assert api.get(UPLOAD).data["total"] == 1


def test_tokens_of_one_owner_see_the_same(make_api: MakeApi, ann: User, api: Api) -> None:
    """Limits are a token's, rows are an owner's."""
    job_id = api.submit().data["public_id"]
    other = make_api(ann, allowed_features=["ocr"])
    assert other.get(f"{JOBS}/{job_id}").status == 200


def test_idempotency_keys_say_nothing_to_another(ann: User, bob: User) -> None:
    request: dict[str, Any] = {
        "model": MODEL,
        "input": {"file": URL},
        "idempotency_key": "order-17",
    }
    jobs = [UniversalAIJob.objects.submit(**request, owner=owner) for owner in (ann, bob, ann)]
    assert jobs[0].pk == jobs[2].pk != jobs[1].pk


def test_uploads_are_stored_apart(api: Api, bobs: Api) -> None:
    for each in (api, bobs):
        file = SimpleUploadedFile("same.wav", b"RIFF the same")
        headers = {"Authorization": f"Bearer {each.token}"}
        assert each.client.post(UPLOAD, {"file": file}, headers=headers).status_code == 200
    names = set(UniversalAIFile.objects.values_list("file", flat=True))
    assert len(names) == 2
