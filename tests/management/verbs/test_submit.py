from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError

from django_universal_ai.management.verbs.exits import FAILED, TIMED_OUT
from django_universal_ai.management.verbs.shown import summary
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
    assert json.loads(said.out) == summary(job)


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


def test_several_files_are_several_inputs(universal_ai: Command, tmp_path: Path) -> None:
    for name in ("ann.jpg", "b=b.jpg"):
        (tmp_path / name).write_bytes(b"face")

    universal_ai(
        *("submit", "image/face_compare/amazon"),
        *("--file", f"file1={tmp_path / 'ann.jpg'}", "--file", f"file2={tmp_path / 'b=b.jpg'}"),
    )

    links = UniversalAIJob.objects.get().job_files.order_by("field")
    assert [(link.field, link.file.name) for link in links] == [
        ("file1", "ann.jpg"),
        ("file2", "bb.jpg"),
    ]


def test_a_path_may_have_an_equals_sign(
    universal_ai: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("take=2.wav").write_bytes(b"sound")
    universal_ai("submit", AUDIO, "--file", "take=2.wav")
    assert UniversalAIJob.objects.get().job_files.get().field == "file"


def test_the_whole_input_comes_from_a_file(
    universal_ai: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "input.json"
    path.write_text(json.dumps({"file": URL, "speakers": 2}))
    universal_ai("submit", AUDIO, "--input", f"@{path}", "--input", "speakers=3")
    assert UniversalAIJob.objects.get().input == {"file": URL, "speakers": 3}

    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"file": URL})))
    said = universal_ai("submit", AUDIO, "--input", "@-")
    assert UniversalAIJob.objects.get(pk=said.out.strip()).input == {"file": URL}


def test_a_whole_input_that_is_no_object_is_refused(universal_ai: Command, tmp_path: Path) -> None:
    path = tmp_path / "input.json"
    path.write_text("[1]")
    with pytest.raises(CommandError, match="it must hold a JSON object"):
        universal_ai("submit", AUDIO, "--input", f"@{path}")
    assert not UniversalAIJob.objects.exists()


def test_the_rest_of_a_request(universal_ai: Command) -> None:
    get_user_model().objects.create_user("ann")
    words = (
        *("submit", AUDIO, "--input", f"file={URL}", "--param", 'hints=["Ann"]'),
        *("--fallback", "amazon", "--owner", "ann", "--priority", 5, "--idempotency-key", "k"),
    )
    said = universal_ai(*words)
    job = UniversalAIJob.objects.get()
    assert job.provider_params == {"hints": ["Ann"]}
    assert (job.fallbacks, job.priority) == (["amazon"], 5)
    assert str(job.owner) == "ann"
    assert universal_ai(*words).out == said.out


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
        ([AUDIO, "--file", "a", "--file", "b"], "NAME=PATH"),
        ([AUDIO, "--input", "@/no/such/file"], "can't be read"),
        ([AUDIO, "--input", f"@{__file__}"], "can't be read"),
        ([AUDIO, "--owner", "nobody"], "no user 'nobody'"),
    ],
)
def test_bad_requests_are_refused_in_words(
    universal_ai: Command, words: list[str], complaint: str
) -> None:
    with pytest.raises(CommandError, match=complaint):
        universal_ai("submit", *words)

    assert not UniversalAIJob.objects.exists()
