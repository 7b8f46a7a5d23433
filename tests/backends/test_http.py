from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from django_universal_ai import __version__
from django_universal_ai.backends.base import BaseBackend
from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.contract import FEATURES, JobRequest, ModelId
from django_universal_ai.exceptions import InvalidInput, NotFound
from tests.upstream import Upstream

from .conftest import KEY, MakeBackend
from .suite import BackendSuite

SETTING = 'UNIVERSAL_AI["remote"]["OPTIONS"]["api_key"]'


class TestHTTPBackend(BackendSuite):
    @pytest.fixture
    def backend(self, upstream: Upstream, make_backend: MakeBackend) -> BaseBackend:
        upstream.settings.check_files = True
        return make_backend()


def test_the_request_goes_out_as_the_contract_says(
    http: HTTPBackend, upstream: Upstream, job_request: JobRequest
) -> None:
    job = http.submit(job_request)
    entry = upstream.ledger.posts()[0]
    assert entry.body == {
        "model": "audio/speech_to_text_async/google/chirp/v2",
        "input": {"file": "https://files.example/call.wav"},
        "user_webhook_parameters": {"token": "t0"},
    }
    assert entry.path == "/v3/universal-ai/async"
    assert entry.account == "main"
    assert entry.headers["accept-encoding"] == "identity"
    assert entry.headers["user-agent"] == f"django-universal-ai/{__version__}"
    assert entry.headers["content-type"] == "application/json"
    assert (job.provider, job.model) == ("google", "chirp/v2")


def test_a_job_may_have_ended_when_the_post_is_answered(
    http: HTTPBackend, upstream: Upstream, job_request: JobRequest
) -> None:
    upstream.settings.seconds = 0
    assert http.submit(job_request).status == "success"


def test_an_unknown_status_is_kept(
    http: HTTPBackend, upstream: Upstream, job_request: JobRequest
) -> None:
    upstream.fault("answer", patch={"status": "queued", "eta": 3})
    job = http.submit(job_request)
    assert (job.status, job.is_terminal) == ("queued", False)
    assert job.model_extra == {"eta": 3}


@pytest.mark.parametrize(
    ("cost", "exact"),
    [
        ('"0.0125"', "0.0125"),
        ("0.1", "0.1"),
        ("1e-05", "0.00001"),
        ("0.12345678901234567890123", "0.12345678901234567890123"),
        ("3", "3"),
    ],
)
def test_costs_arrive_to_the_last_digit(
    http: HTTPBackend, upstream: Upstream, job_request: JobRequest, cost: str, exact: str
) -> None:
    job = http.submit(job_request)
    body = (
        f'{{"public_id": "{job.public_id}", "status": "success", "provider": "google", '
        f'"feature": "audio", "subfeature": "speech_to_text_async", "cost": {cost}, '
        '"output": {"confidence": 0.5, "tiny": 1e-05}}'
    )
    upstream.fault("answer", method="GET", body=body, status=200)
    ended = http.get(job.public_id)
    assert ended.cost == Decimal(exact)
    assert ended.output == {"confidence": 0.5, "tiny": 1e-05}
    assert {type(value) for value in ended.output.values()} == {float}


def test_the_list_is_asked_for_by_status_page_and_limit(
    http: HTTPBackend, upstream: Upstream
) -> None:
    http.list_jobs(status="processing", page=2, limit=7)
    http.list_jobs()
    assert [entry.query for entry in upstream.ledger.requests("GET")] == [
        {"status": "processing", "page": "2", "limit": "7"},
        {"page": "1", "limit": "1000"},
    ]


@pytest.mark.parametrize("public_id", ["", ".", ".."])
def test_an_id_that_is_a_path_is_not_found(
    http: HTTPBackend, upstream: Upstream, public_id: str
) -> None:
    with pytest.raises(NotFound):
        http.get(public_id)
    assert not upstream.ledger.requests()


def test_an_id_never_leaves_its_place_in_the_path(http: HTTPBackend, upstream: Upstream) -> None:
    upstream.fault("answer", status=404, body={"detail": "Job not found"})
    with pytest.raises(NotFound):
        http.delete("../../upload?x=1")
    assert upstream.ledger.requests()[0].path == "/v3/universal-ai/async/../../upload?x=1"
    assert upstream.ledger.requests()[0].query == {}


def test_a_base_url_may_have_a_path_and_a_slash(
    make_backend: MakeBackend, upstream: Upstream
) -> None:
    with pytest.raises(NotFound):
        make_backend(base_url=f"{upstream.url}/ai/").list_jobs()
    assert upstream.ledger.requests()[0].path == "/ai/v3/universal-ai/async"


def test_declared_providers_are_served(make_backend: MakeBackend) -> None:
    model = ModelId.parse("ocr/ocr_async/amazon")
    assert not make_backend().serves(model)
    assert make_backend(providers=["google", "amazon"]).serves(model)


@pytest.mark.parametrize("key", ["", None, "  \n", "ключ", "two\nlines"])
def test_without_a_usable_key_nothing_is_accepted(
    make_backend: MakeBackend, job_request: JobRequest, key: Any
) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_backend(api_key=key).validate(job_request)
    assert caught.value.field == "model"
    assert "'remote' has no usable api_key" in caught.value.message


def test_the_catalogue_is_known_without_asking(
    make_backend: MakeBackend, http: HTTPBackend, upstream: Upstream
) -> None:
    assert http.catalogue("ocr/ocr") == FEATURES["ocr/ocr"].offers
    assert http.catalogue("music/compose") == ()
    assert make_backend(api_key="").catalogue("ocr/ocr") == ()
    assert upstream.ledger.requests() == []


@pytest.mark.parametrize("key", ["", "two\nlines"])
def test_the_checks_warn_about_the_key(make_backend: MakeBackend, key: str) -> None:
    (message,) = make_backend(api_key=key).check()
    assert message.id == "universal_ai.W001"
    assert SETTING in message.msg
    assert not message.is_serious()


def test_blanks_around_a_key_do_no_harm(make_backend: MakeBackend, http: HTTPBackend) -> None:
    padded = make_backend(api_key=f" {KEY}\n")
    assert padded.check() == []
    assert padded.account == http.account
    assert padded.list_jobs().total == 0


@pytest.mark.parametrize(
    ("base_url", "problem"),
    [
        ("", "not an absolute"),
        ("api.edenai.run", "not an absolute"),
        ("ftp://api.edenai.run", "not an absolute"),
        ("https://", "not an absolute"),
        ("https://api.edenai.run:0", "not an absolute"),
        ("https://api.edenai.run:port", "not an absolute"),
        ("https://user:s3cret@api.edenai.run", "user or password"),
        ("https://api.edenai.run?x=s3cret", "query"),
        ("https://api.edenai.run/#part", "fragment"),
        ("https://api.edenai.run/a b", "blank"),
        ("https://api.edenai.run/v3/", "/v3"),
    ],
)
def test_the_checks_refuse_a_base_url_that_cannot_work(
    make_backend: MakeBackend, base_url: str, problem: str
) -> None:
    (message,) = make_backend(base_url=base_url).check()
    assert message.id == "universal_ai.E010"
    assert message.is_serious()
    assert problem in message.msg
    assert "s3cret" not in str(message)


def test_the_account_is_one_of_url_and_key(make_backend: MakeBackend, http: HTTPBackend) -> None:
    assert make_backend(rate_limit=1).account == http.account
    assert make_backend(api_key="another-key").account != http.account
    assert make_backend(base_url="https://api.eu.edenai.run").account != http.account
