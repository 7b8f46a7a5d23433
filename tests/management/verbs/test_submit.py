from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError

from django_universal_ai.management.verbs.shown import FAILED, TIMED_OUT
from django_universal_ai.models import UniversalAIJob
from tests.rows import AUDIO, URL
from tests.upstream import Upstream

from .conftest import Said

Command = Callable[..., Said]

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_prints_the_id_and_leaves_the_rest_to_a_worker(universal_ai: Command) -> None:
    said = universal_ai("submit", AUDIO, "--input", f"file={URL}", "--input", "speakers=2")

    job = UniversalAIJob.objects.get(pk=said.out.strip())
    assert job.status == "pending"
    assert job.input == {"file": URL, "speakers": 2}


def test_json_for_scripts(universal_ai: Command) -> None:
    said = universal_ai("submit", AUDIO, "--input", f"file={URL}", "--json")

    job = UniversalAIJob.objects.get()
    assert json.loads(said.out) == {"id": str(job.pk), "status": "pending"}


def test_waiting_moves_the_job_and_shows_its_output(universal_ai: Command) -> None:
    said = universal_ai("submit", AUDIO, "--input", f"file={URL}", "--wait")

    assert UniversalAIJob.objects.get().status == "success"
    assert "success google, cost 0.000" in said.out
    assert '"text"' in said.out
    assert "pending" in said.err
    assert said.code == 0


def test_waiting_with_json_prints_one_object(universal_ai: Command) -> None:
    said = universal_ai("submit", AUDIO, "--input", f"file={URL}", "--wait", "--json")

    shown = json.loads(said.out)
    assert (shown["status"], shown["cost"]) == ("success", "0.000")
    assert shown["output"]["text"]
    assert said.err == ""


def test_a_file_is_stored(universal_ai: Command, tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(b"sound")

    universal_ai("submit", AUDIO, "--file", path)

    stored = UniversalAIJob.objects.get().job_files.get()
    assert (stored.field, stored.file.name) == ("file", "call.wav")


def test_a_failed_job_exits_with_its_own_code(
    universal_ai: Command, remote: object, upstream: Upstream
) -> None:
    upstream.settings.update({"seconds": 0, "fail_rate": 1.0})

    said = universal_ai("submit", AUDIO, "--input", f"file={URL}", "--wait")

    assert said.code == FAILED
    assert "fail google" in said.out


def test_a_deadline_leaves_the_job_running(
    universal_ai: Command, remote: object, upstream: Upstream
) -> None:
    upstream.settings.update({"seconds": 3600})

    said = universal_ai("submit", AUDIO, "--input", f"file={URL}", "--wait", "--timeout", "0.5")

    assert said.code == TIMED_OUT
    assert "it runs on" in said.err
    assert UniversalAIJob.objects.get().status in ("pending", "processing")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["speech"], "model: "),
        ([AUDIO], "input.file: "),
        ([AUDIO, "--input", "file"], "write it as NAME=VALUE"),
        ([AUDIO, "--input", f"file={URL}", "--using", "nowhere"], "using: "),
        ([AUDIO, "--file", "/no/such/file"], "input.file: "),
    ],
)
def test_bad_requests_are_refused_in_words(
    universal_ai: Command, words: list[str], complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint):
        universal_ai("submit", *words)

    assert not UniversalAIJob.objects.exists()
