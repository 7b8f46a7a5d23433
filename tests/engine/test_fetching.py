"""Input files that are URLs, for jobs that run here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from pytest_django import Settings

from django_universal_ai import engine, jobs
from django_universal_ai.backends import backends
from django_universal_ai.contract import JobRequest
from django_universal_ai.engine import fetching
from django_universal_ai.exceptions import OutwardError
from django_universal_ai.models import JobFile, UniversalAIFile, UniversalAIJob
from tests.loopback import Act, Handler, answering, closing, dripping, endless, loopback
from tests.rows import answer, error_of, fresh, make_job

pytestmark = pytest.mark.django_db

LOCAL = "audio/speech_to_text_async/pocketsphinx"
SOUND = b"RIFF, more or less"


@pytest.fixture(autouse=True)
def _trust_this_machine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": ["127.0.0.0/8"]}
    monkeypatch.setattr(fetching, "PAUSES", (0.0, 0.0))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, bytes]]:
    """What providers were given to read."""
    given: list[dict[str, bytes]] = []

    def run(request: JobRequest, files: dict[str, Path], *_: Any) -> Any:
        given.append({f"{name}: {path.name}": path.read_bytes() for name, path in files.items()})
        return answer("success", provider="pocketsphinx")

    backend: Any = backends["local"]
    monkeypatch.setattr(type(backend), "run", staticmethod(run))
    monkeypatch.setattr(type(backend), "validate", lambda *_: None)
    return given


def ask(url: str, **more: Any) -> UniversalAIJob:
    return jobs.submit(model=LOCAL, input={"file": url}, using="local", **more)


def fetch(url: str, on_life: Callable[[], None] = lambda: None) -> None:
    fetching.fetch_missing(make_job(input={"file": url}), on_life)


def test_the_worker_fetches_it(read: list[dict[str, bytes]], django_user_model: Any) -> None:
    ann: User = django_user_model.objects.create_user("ann")
    act = answering(200, SOUND, Content_Type="audio/wav; x=1")
    with loopback(act) as server:
        job = ask(f"{server.url}/calls/a%20call.wav?key=1", owner=ann)
        assert server.callers == []  # not in the request of whoever asks
        assert engine.run(job)
    assert read == [{"file: a_call.wav": SOUND}]
    stored = UniversalAIFile.objects.get()
    assert (stored.owner, stored.size, stored.content_type) == (ann, len(SOUND), "audio/wav")
    assert stored.expires_at
    assert JobFile.objects.get().job == job
    row = fresh(job)
    assert (row.status, row.input["file"]) == ("success", f"{server.url}/calls/a%20call.wav?key=1")


def test_a_second_run_reads_what_the_first_has_fetched(read: list[dict[str, bytes]]) -> None:
    with loopback(answering(200, SOUND)) as server:
        job = ask(f"{server.url}/a.wav")
        fetching.fetch_missing(job, lambda: None)
        assert engine.run(job)
        assert len(server.heard) == 1
    assert read == [{"file: a.wav": SOUND}]


@pytest.mark.parametrize(
    "acts",
    [
        [answering(503), answering(200, SOUND)],
        [closing, answering(429), answering(200, SOUND)],
    ],
    ids=["unavailable", "hung up, then busy"],
)
def test_what_may_pass_is_tried_again(read: list[dict[str, bytes]], acts: list[Act]) -> None:
    with loopback(*acts) as server:
        assert engine.run(ask(f"{server.url}/a.wav"))
    assert read == [{"file: a.wav": SOUND}]


def lying(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(SOUND)


@pytest.mark.parametrize(
    ("act", "tries", "words"),
    [
        (answering(404), 1, "answered 404"),
        (answering(302, Location="http://127.0.0.1/"), 1, "redirects aren't followed"),
        (answering(200, b""), 1, "The file is empty"),
        (answering(200, bytes(2000)), 1, "larger than 1000 bytes"),
        (endless, 1, "larger than 1000 bytes"),
        (answering(200, SOUND, Content_Encoding="gzip"), 1, "packed (gzip)"),
        (answering(500), 3, "answered 500"),
        (closing, 3, "can't be reached"),
        (lying, 3, "can't be reached"),
    ],
    ids=[
        "gone",
        "moved",
        "empty",
        "too large",
        "endless",
        "packed",
        "broken",
        "closing",
        "lying",
    ],
)
def test_a_job_whose_file_cant_be_had_fails_and_says_why(
    read: list[dict[str, bytes]], settings: Settings, act: Act, tries: int, words: str
) -> None:
    settings.UNIVERSAL_AI_OUTWARD |= {"MAX_FILE_BYTES": 1000}
    with loopback(act) as server:
        job = ask(f"{server.url}/s3cret/a.wav?key=s3cret")
        assert engine.run(job)
        assert len(server.heard) == tries
    assert (fresh(job).status, read) == ("fail", [])
    error = error_of(job)
    assert error["type"] == "file"
    assert error["message"].startswith("input.file: ")
    assert words in error["message"]
    assert "s3cret" not in error["message"]
    assert not UniversalAIFile.objects.exists()


def test_an_address_that_became_bad_is_not_called(
    read: list[dict[str, bytes]], settings: Settings
) -> None:
    with loopback() as server:
        job = ask(f"{server.url}/a.wav")
        settings.UNIVERSAL_AI_OUTWARD = {"ALLOW_HTTP": True, "PORTS": [server.port]}
        assert engine.run(job)
        assert server.callers == []
    assert "this machine" in error_of(job)["message"]


def test_a_slow_one_shows_signs_of_life_and_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django_universal_ai.outward.downloading.SECONDS", 0.3)
    monkeypatch.setattr(fetching, "SIGN_OF_LIFE", 0.0)
    signs: list[None] = []
    with loopback(dripping) as server, pytest.raises(OutwardError, match="took too long"):
        fetch(f"{server.url}/a.wav", lambda: signs.append(None))
    assert len(signs) > 5


def test_a_run_that_lost_its_job_stops_fetching() -> None:
    class Lost(Exception):
        pass

    def lost() -> None:
        raise Lost

    with loopback(answering(200, SOUND)) as server, pytest.raises(Lost):
        fetch(f"{server.url}/a.wav", lost)
    assert not UniversalAIFile.objects.exists()


def test_a_file_that_cant_be_linked_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    def refuse(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(JobFile.objects, "create", refuse)
    with loopback(answering(200, SOUND)) as server, pytest.raises(RuntimeError):
        fetch(f"{server.url}/a.wav")
    assert not UniversalAIFile.objects.exists()
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("url", "name"),
    [("/a.wav?x=b.mp3", "a.wav"), ("/a", "a.mp3"), ("/", "file.mp3"), ("/..%2f..%2fa", "a.mp3")],
)
def test_it_gets_a_name_that_decoders_know(url: str, name: str) -> None:
    with loopback(answering(200, SOUND, Content_Type="audio/mpeg")) as server:
        fetch(server.url + url)
    assert UniversalAIFile.objects.get().name == name


class TestWhatIsRefusedAtOnce:
    @pytest.mark.parametrize(
        "url", ["http://files.example/a.wav", "https://10.0.0.1/a.wav", "https://a:b@c.example/"]
    )
    def test_bad_addresses(self, read: list[dict[str, bytes]], url: str) -> None:
        with pytest.raises(ValidationError) as caught:
            ask(url)
        assert set(caught.value.message_dict) == {"input.file"}

    def test_any_address_where_it_is_off(
        self, read: list[dict[str, bytes]], settings: Settings
    ) -> None:
        settings.UNIVERSAL_AI_OUTWARD = {"FETCH_FILES": False}
        with pytest.raises(ValidationError, match="upload it first"):
            ask("https://files.example/a.wav")

    def test_a_url_for_the_service_is_the_service_s(self) -> None:
        job = jobs.submit(model="audio/speech_to_text_async/google", input={"file": "http://x/a"})
        assert job.backend == "default"
