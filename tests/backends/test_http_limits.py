from __future__ import annotations

import io
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.contract import JobRequest
from django_universal_ai.exceptions import NotSent, OutcomeUnknown
from tests.upstream import Upstream, upstream_process

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


def test_a_bomb_is_not_unpacked() -> None:
    with upstream_process() as control:
        backend = HTTPBackend("remote", {"api_key": "test-key", "base_url": control.url})
        backend.list_jobs()
        control.fault("gzip", size=64 * MEBI)
        with memory_peak() as peak, pytest.raises(OutcomeUnknown, match="'gzip'"):
            backend.list_jobs()
        backend.close()
    assert peak() < 2 * MEBI


def test_an_upload_takes_no_memory(tmp_path: Path) -> None:
    size = 200 * MEBI
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.truncate(size)
    with upstream_process() as control:
        backend = HTTPBackend("remote", {"api_key": "test-key", "base_url": control.url})
        with path.open("rb") as file, memory_peak() as peak:
            info = backend.upload(file, name=path.name)
        backend.close()
    assert info.file_size == size
    assert peak() < 4 * MEBI


def test_an_upload_has_a_limit_of_its_own(make_backend: MakeBackend, upstream: Upstream) -> None:
    backend = make_backend(total_timeout=0, upload_timeout=0.5)
    assert backend.upload(io.BytesIO(b"x"), name="x").file_size == 1
    upstream.fault("drip", seconds=0.1)
    with pytest.raises(OutcomeUnknown):
        backend.upload(io.BytesIO(b"x"), name="x")


def test_a_server_that_reads_slowly_ends_with_the_limit(make_backend: MakeBackend) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        base_url = f"http://127.0.0.1:{server.getsockname()[1]}"
        backend = make_backend(base_url=base_url, upload_timeout=0.5)
        with pytest.raises(OutcomeUnknown, match="Timeout"):
            backend.upload(io.BytesIO(bytes(32 * MEBI)), name="x")


@contextmanager
def memory_peak() -> Iterator[Callable[[], int]]:
    """Most bytes that Python had at once on top of what it has now."""
    tracemalloc.start()
    peaks: list[int] = []
    try:
        yield lambda: peaks[0]
    finally:
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
