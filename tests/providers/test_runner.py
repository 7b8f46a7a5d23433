from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from django_universal_ai.exceptions import (
    ProviderCrashed,
    ProviderError,
    ProviderMissing,
    ProviderOutOfMemory,
    ProviderTimeout,
)
from django_universal_ai.providers import ProviderRequest, ProviderResult, close, pool, run
from django_universal_ai.providers.process import ChildProcess

from .conftest import PATIENCE, all_gone, gone

pytestmark = pytest.mark.usefixtures("actor")


MEGABYTE = 1024**2


def act(do: str, *, timeout: float = PATIENCE, files: Any = None, **options: Any) -> ProviderResult:
    request = ProviderRequest("text", "act", input={"do": do}, files=files or {})
    return run("actor", request, timeout=timeout, **options)


def test_the_request_arrives_and_the_result_comes_back(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("hello")
    request = ProviderRequest(
        "text", "other", "big", {"do": "echo"}, {"note": note}, {"speed": 2}, True
    )
    result = run("actor", request, timeout=PATIENCE)
    assert result.output["said"] == ["text/other", "big", {"speed": 2}, {"note": "hello"}]
    assert result.original_response == [1]
    assert result.cost == Decimal("0.0125")


def test_the_child_stays_warm() -> None:
    assert act("echo").output["pid"] == act("echo").output["pid"] != os.getpid()


def test_close_ends_the_children() -> None:
    pid = act("echo").output["pid"]
    close()
    assert gone(pid)
    assert act("echo").output["pid"] != pid


def test_runs_at_the_same_time_use_separate_children() -> None:
    barrier = threading.Barrier(2)

    def meet(_: float) -> None:
        barrier.wait(PATIENCE)

    with ThreadPoolExecutor() as threads:
        runs = [threads.submit(act, "count", on_progress=meet) for _ in range(2)]
    assert len({run.result().output["pid"] for run in runs}) == 2


def test_a_child_is_replaced_after_many_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "RUNS_PER_CHILD", 2)
    pids = [act("echo").output["pid"] for _ in range(3)]
    assert pids[0] == pids[1] != pids[2]
    assert gone(pids[0])


def test_a_child_that_idled_too_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    pid = act("echo").output["pid"]
    monkeypatch.setattr(pool, "IDLE_LIMIT", 0.0)
    assert act("echo").output["pid"] != pid
    assert gone(pid)


def test_a_child_that_died_idle_is_not_used() -> None:
    pid = act("echo").output["pid"]
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert act("echo").output["pid"] != pid


def test_a_child_can_be_ended_twice() -> None:
    child = ChildProcess("actor")
    states = [child.alive]
    for _ in range(2):
        child.kill()
        states.append(child.alive)
    assert states == [True, False, False]
    assert gone(child.pid)


def test_progress_rises_within_bounds() -> None:
    shares: list[float] = []
    act("count", on_progress=shares.append)
    assert shares == [0.1, 0.5, 0.9, 1.0]


def test_progress_needs_no_listener() -> None:
    assert act("count").output["said"] is None


def test_noise_does_not_disturb() -> None:
    assert act("make_noise").output["said"] == ""


def test_secrets_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UNIVERSAL_AI_API_KEY", "SECRET_KEY", "DATABASE_URL", "CELERY_BROKER_URL"):
        monkeypatch.setenv(name, "hush")
    monkeypatch.setenv("ACTOR_KEY", "declared")
    monkeypatch.setenv("LANGUAGE", "en")
    environment = act("environ").output["said"]
    assert "hush" not in environment.values()
    assert environment["ACTOR_KEY"] == "declared"
    assert environment["LANGUAGE"] == "en"


def test_a_big_request_and_a_big_answer_pass(tmp_path: Path) -> None:
    text = "long " * 200_000
    (tmp_path / "book.txt").write_text(text)
    request = ProviderRequest(
        "text", "act", input={"do": "echo", "text": text}, files={"book": tmp_path / "book.txt"}
    )
    assert run("actor", request, timeout=PATIENCE).output["said"][3] == {"book": text}


def test_a_refusal_keeps_the_child() -> None:
    pid = act("echo").output["pid"]
    with pytest.raises(ProviderError, match=r"^This text is in verse\.$") as caught:
        act("refuse")
    assert type(caught.value) is ProviderError
    assert act("echo").output["pid"] == pid


@pytest.mark.parametrize(
    ("blunder", "words"),
    [("blunder", "KeyError: 'no such thing'"), ("answer_nan", "ValueError: Out of range float")],
)
def test_a_bug_is_told_and_logged(
    caplog: pytest.LogCaptureFixture, blunder: str, words: str
) -> None:
    pid = act("echo").output["pid"]
    with pytest.raises(ProviderCrashed, match=f"^actor failed: {words}"):
        act(blunder)
    assert "Traceback" in caplog.text
    assert gone(pid)


@pytest.mark.parametrize(
    ("death", "words"),
    [
        ("abort", "actor's process was killed by SIGABRT: last words: é"),
        ("kill", "actor's process was killed by SIGKILL (out of memory?)."),
        ("quit", "actor's process ended with exit code 7."),
    ],
)
def test_a_death_ends_one_run_only(
    caplog: pytest.LogCaptureFixture, death: str, words: str
) -> None:
    with pytest.raises(ProviderCrashed) as caught:
        act(death)
    assert str(caught.value) == words
    assert "The process" in caplog.text
    act("echo")


def test_an_endless_run_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    pids.touch()
    with pytest.raises(ProviderTimeout, match=r"^actor was stopped after 2 seconds"):
        act("hang_with_helper", files={"pids": pids}, timeout=2)
    assert all_gone(pids)


def test_a_death_ends_what_the_run_had_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    pids.touch()
    with pytest.raises(ProviderCrashed, match="SIGKILL"):
        act("die_beside_helper", files={"pids": pids})
    assert all_gone(pids)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no such limit")
@pytest.mark.parametrize("do", ["eat", "eat_in_c"])
def test_a_run_that_needs_too_much_memory_is_told_so(do: str) -> None:
    request = ProviderRequest("text", "act", input={"do": do, "bytes": 400 * MEGABYTE})
    with pytest.raises(ProviderOutOfMemory) as caught:
        run("actor", request, timeout=PATIENCE, memory_limit=200 * MEGABYTE)
    words = "actor was stopped: it needed more than 200 MB, its memory limit."
    assert str(caught.value) == words


def test_a_run_within_its_memory_limit_stays_warm() -> None:
    limited = act("echo", memory_limit=200 * MEGABYTE).output["pid"]
    assert act("echo", memory_limit=200 * MEGABYTE).output["pid"] == limited
    # Whoever has no limit gets no child that has one.
    assert act("echo").output["pid"] != limited


def test_without_a_limit_memory_is_no_reason() -> None:
    with pytest.raises(ProviderCrashed, match="SIGABRT"):
        act("eat_in_c")


def test_on_wait_is_called_while_the_provider_works() -> None:
    calls: list[int] = []
    with pytest.raises(ProviderTimeout):
        act("hang", timeout=1.0, on_wait=lambda: calls.append(1), wait_interval=0.1)
    assert 3 <= len(calls) <= 10


def test_waiting_needs_no_listener() -> None:
    with pytest.raises(ProviderTimeout):
        act("hang", timeout=0.5, wait_interval=0.1)


def test_what_on_wait_raises_ends_the_run(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    pids.touch()

    def lose_the_lease() -> None:
        if pids.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        act("hang_with_helper", files={"pids": pids}, on_wait=lose_the_lease, wait_interval=0.05)
    assert all_gone(pids)


def test_what_is_not_installed_is_told() -> None:
    request = ProviderRequest("text", "act")
    with pytest.raises(ProviderMissing, match="surely_not_installed"):
        run("absent", request, timeout=1)
    with pytest.raises(ProviderMissing, match="'nobody'"):
        run("nobody", request, timeout=1)


def test_what_is_not_served_is_told() -> None:
    with pytest.raises(ProviderError, match="'actor' doesn't serve ocr/ocr"):
        run("actor", ProviderRequest("ocr", "ocr"), timeout=1)
