from __future__ import annotations

import sys
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


@pytest.mark.parametrize("model", ["text/act/actor", "text/moderation/actor"])
def test_a_long_text_is_no_path(
    local: LocalBackend, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(local, "run", lambda request, files: given.append(files))
    local.submit(JobRequest(model=model, input={"text": "a" * 5000}))
    assert given == [{}]


def test_only_what_the_feature_calls_a_file_is_read(
    local: LocalBackend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.touch()
    given: list[Any] = []
    monkeypatch.setattr(local, "run", lambda request, files: given.append(files))
    local.submit(JobRequest(model="text/moderation/actor", input={"text": str(path)}))
    both = {"file": str(path), "language": str(path)}
    local.submit(JobRequest(model="ocr/ocr/actor", input=both))
    assert given == [{}, {"file": path}]


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
    able = [Offer(f"text/act/{name}", Decimal(0)) for name in ("actor", "scribe")]
    assert local.catalogue("text/act") == able
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


def scribe(**request: Any) -> JobRequest:
    return JobRequest(model="text/act/scribe", **request)


def test_a_parameter_that_nobody_knows_is_refused_with_the_nearest(actor: str) -> None:
    backend = LocalBackend("local", {})
    backend.validate(scribe(input={}, provider_params={"paper": "A4"}))
    backend.validate(act("echo", provider_params={"whatever": 1}))  # it looks at them itself
    with pytest.raises(InvalidInput, match="Did you mean 'paper'") as caught:
        backend.validate(scribe(input={}, provider_params={"papr": "A4"}))
    assert caught.value.field == "provider_params.papr"
    with pytest.raises(InvalidInput, match="Known: margin, paper"):
        backend.validate(scribe(input={}, provider_params={"x": 1}))


def test_files_that_come_out_are_kept_and_linked(local: LocalBackend) -> None:
    kept: dict[str, str] = {}

    def keep(path: Path) -> str:
        kept[path.name] = path.read_text()
        return "https://here.example/note"

    job = local.run(scribe(input={"text": "hello"}), keep=keep)
    assert (job.status, job.output) == ("success", {"link": "https://here.example/note"})
    assert kept == {"note.txt": "hello"}


def test_a_file_that_is_not_the_runs_own_is_given_to_nobody(
    local: LocalBackend, tmp_path: Path
) -> None:
    other = tmp_path / "secret.txt"
    other.write_text("secret")
    job = local.run(scribe(input={"text": "", "path": str(other)}), keep=str)
    assert (job.status, job.error) == (
        "fail",
        {"type": "ProviderError", "message": "secret.txt is no file of this run."},
    )


def test_files_need_somebody_who_keeps_them(local: LocalBackend) -> None:
    job = local.submit(scribe(input={"text": "hello"}))
    assert job.error
    assert "submit a job instead" in job.error["message"]


@pytest.mark.urls("django_universal_ai.gateway.urls")
def test_a_site_that_serves_no_files_has_no_provider_that_makes_them(actor: str) -> None:
    with pytest.raises(InvalidInput, match=r"include django_universal_ai\.urls"):
        LocalBackend("local", {}).validate(scribe(input={}))


def test_the_original_response_is_kept_only_where_it_was_asked_for(local: LocalBackend) -> None:
    assert local.submit(act("echo")).original_response is None
    assert local.submit(act("echo", show_original_response=True)).original_response == [1]


def test_its_memory_limit_is_an_option(actor: str) -> None:
    backend = LocalBackend("local", {"memory_limit": 200 * 1024**2})
    try:
        job = backend.submit(act("eat", input={"bytes": 400 * 1024**2}))
    finally:
        backend.close()
    assert job.error
    assert job.error["type"] == ("ProviderOutOfMemory" if sys.platform == "linux" else None)
