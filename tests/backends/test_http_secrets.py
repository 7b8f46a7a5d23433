from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from types import TracebackType

import pytest

from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.contract import JobRequest
from django_universal_ai.exceptions import BackendError, InvalidInput
from tests.upstream import Upstream

from .conftest import KEY, MakeBackend


def frames(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback:
        yield traceback
        traceback = traceback.tb_next


def everything_told(error: BaseException | None) -> str:
    """The error with its causes and contexts, and the values in the frames outside of tests."""
    told = ""
    while error is not None:
        told += "".join(traceback.format_exception(error)) + repr(error.args)
        for each in frames(error.__traceback__):
            if "/tests/" not in each.tb_frame.f_code.co_filename:
                told += repr(each.tb_frame.f_locals)
        error = error.__cause__ or error.__context__
    return told


Break = Callable[[Upstream], object]

BREAKS: dict[str, Break] = {
    "echo": lambda up: up.fault("answer", status=400, body={"detail": f"Bad thing {KEY}"}),
    "echo in HTML": lambda up: up.fault("answer", status=500, body=f"<p>{KEY}</p>"),
    "wrong key": lambda up: up.settings.keys.clear(),
    "lost": lambda up: up.fault("lost"),
    "unreadable": lambda up: up.fault("answer", status=200, body=f'"{KEY}"'),
    "gzip": lambda up: up.fault("gzip", size=1000),
}


@pytest.mark.parametrize("breaks", BREAKS.values(), ids=BREAKS.keys())
def test_no_error_tells_the_key(
    http: HTTPBackend,
    upstream: Upstream,
    job_request: JobRequest,
    breaks: Break,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    breaks(upstream)
    with pytest.raises(BackendError) as caught:
        http.submit(job_request)
    assert KEY not in everything_told(caught.value)
    assert KEY not in caplog.text


def test_an_unreachable_service_tells_no_key(
    make_backend: MakeBackend, job_request: JobRequest
) -> None:
    with pytest.raises(BackendError) as caught:
        make_backend(base_url="http://127.0.0.1:1").submit(job_request)
    assert KEY not in everything_told(caught.value)


def test_a_success_tells_no_key(
    http: HTTPBackend, job_request: JobRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    http.submit(job_request)
    http.list_jobs()
    assert "send_request_headers.complete" in caplog.text
    assert KEY not in caplog.text
    assert KEY not in repr(http) + repr(http.account)


def test_a_key_that_cannot_be_sent_is_not_told(
    make_backend: MakeBackend, job_request: JobRequest
) -> None:
    backend = make_backend(api_key=f"{KEY}\n{KEY}")
    with pytest.raises(InvalidInput) as caught:
        backend.validate(job_request)
    assert KEY not in everything_told(caught.value)
    assert KEY not in str(backend.check())
