from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from django_universal_ai.backends.base import BaseBackend
from django_universal_ai.backends.local import LocalBackend
from django_universal_ai.contract import JobRequest, ModelId, Offer
from django_universal_ai.exceptions import InvalidInput
from tests.providers.conftest import actor, need

from .suite import BackendSuite

__all__ = ["actor"]

SAMPLES = Path(__file__).parents[2] / "example_project" / "samples"


class TestLocalBackend(BackendSuite):
    """With a provider of a made-up third party."""

    @pytest.fixture
    def backend(self, actor: str) -> Iterator[BaseBackend]:
        backend = LocalBackend("local", {})
        yield backend
        backend.close()

    def request_for(self, backend: BaseBackend, file: str | None = None) -> JobRequest:
        return JobRequest(model="text/act/actor", input={"do": "echo"})

    def test_two_submits_are_two_jobs(self, backend: BaseBackend) -> None:
        """Their rows give them their ids; here it's enough that both are done."""
        request = self.request_for(backend)
        assert [backend.submit(request).status for _ in range(2)] == ["success"] * 2


@pytest.fixture
def local(actor: str) -> Iterator[LocalBackend]:
    backend = LocalBackend("local", {})
    yield backend
    backend.close()


def act(do: str, **request: Any) -> JobRequest:
    return JobRequest(
        model="text/act/actor/m1", input={"do": do} | request.pop("input", {}), **request
    )


def test_the_request_reaches_the_provider_with_its_files(
    local: LocalBackend, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("hello")
    given = {"text": str(path), "word": "not a file", "number": 5}
    job = local.submit(act("echo", input=given, provider_params={"a": 1}))
    assert job.output["said"] == ["text/act", "m1", {"a": 1}, {"text": "hello"}]
    assert (job.provider, job.model, job.feature, job.subfeature) == ("actor", "m1", "text", "act")
    assert str(job.cost) == "0.0125"


def test_trouble_is_an_answer(local: LocalBackend) -> None:
    job = local.submit(act("refuse"))
    assert (job.status, job.output) == ("fail", None)
    assert job.error == {"type": "ProviderError", "message": "This text is in verse."}
    assert job.cost == 0


def test_what_report_raises_ends_the_run(local: LocalBackend) -> None:
    def report(progress: float | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        local.run(act("hang"), report=report)


def test_only_allowed_providers_run(actor: str) -> None:
    backend = LocalBackend("local", {"providers": ["rapidocr", "nobody"]})
    assert backend.names() == ["rapidocr"]
    assert not backend.serves(ModelId.parse("text/act/actor"))
    with pytest.raises(InvalidInput, match="no offline provider 'actor'"):
        backend.validate(act("echo"))
    (warning,) = backend.check()
    assert "'nobody'" in warning.msg
    assert warning.id == "universal_ai.W002"


def test_what_a_provider_cannot_do_is_told_with_who_can(actor: str) -> None:
    backend = LocalBackend("local", {})
    with pytest.raises(
        InvalidInput, match=r"does text/act, text/other, not ocr/ocr_async.*rapidocr"
    ):
        backend.validate(JobRequest(model="ocr/ocr_async/actor", input={}))
    with pytest.raises(InvalidInput, match="For video/x none is installed"):
        backend.validate(JobRequest(model="video/x/actor", input={}))


def test_the_catalogue_has_who_is_able(local: LocalBackend) -> None:
    assert local.catalogue("text/act") == [Offer("text/act/actor", Decimal(0))]
    assert local.catalogue("text/sing") == []
    assert LocalBackend("local", {"providers": ["rapidocr"]}).catalogue("text/act") == []


def test_its_queue_is_an_option() -> None:
    assert LocalBackend("local", {}).queue == "universal_ai_local"
    assert LocalBackend("local", {"queue": "heavy"}).queue == "heavy"


def test_real_speech_becomes_text() -> None:
    need("pocketsphinx")
    backend = LocalBackend("local", {})
    request = JobRequest(
        model="audio/speech_to_text_async/pocketsphinx",
        input={"file": str(SAMPLES / "speech.wav")},
    )
    backend.validate(request)
    try:
        job = backend.submit(request)
    finally:
        backend.close()
    assert job.status == "success"
    assert "tomorrow" in job.output["text"]
