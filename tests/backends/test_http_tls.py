from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.contract import JobRequest
from django_universal_ai.exceptions import NotSent, OutcomeUnknown
from tests.certificates import make_certificate, speaking
from tests.upstream import Upstream

from .conftest import KEY


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificate(tmp_path_factory.mktemp("tls"), name="127.0.0.1", kind="IP")


@pytest.fixture
def secure(certificate: Path) -> Iterator[Upstream]:
    with Upstream(tls=speaking(certificate), keys={KEY: "main"}) as server:
        yield server


@pytest.fixture
def backend(secure: Upstream) -> Iterator[HTTPBackend]:
    options = {"api_key": KEY, "base_url": secure.url, "total_timeout": 0.5}
    backend = HTTPBackend("remote", options)
    yield backend
    backend.close()


def test_a_trusted_service_is_talked_to(
    backend: HTTPBackend,
    secure: Upstream,
    certificate: Path,
    job_request: JobRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    job = backend.submit(job_request)
    assert [entry.public_id for entry in secure.ledger.posts()] == [job.public_id]
    secure.fault("drip", seconds=0.1)
    with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        backend.submit(job_request)


def test_an_untrusted_service_is_told_nothing(
    backend: HTTPBackend, secure: Upstream, job_request: JobRequest
) -> None:
    with pytest.raises(NotSent, match="certificate verify failed"):
        backend.submit(job_request)
    assert secure.ledger.requests() == []
