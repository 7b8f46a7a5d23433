"""The end of a child: nothing may be left behind, whatever happens to the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from django_universal_ai.providers.messages import decode, encode

from .conftest import FAKES, PATIENCE, eventually, gone

#: A worker in a process of its own. Says the pids of the child and of what else matters.
WORKER = """
import os, signal, sys, threading
from pathlib import Path
from django_universal_ai.providers import ProviderRequest, run

def act(do, **options):
    request = ProviderRequest("text", "act", input={"do": do}, files={"pids": Path(sys.argv[1])})
    return run("actor", request, timeout=100, **options)
"""


@contextmanager
def worker(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(FAKES), *sys.path])}
    with subprocess.Popen(
        [sys.executable, "-c", WORKER + script, *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def says(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_killed_worker_leaves_nothing_behind(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = "act('hang_with_helper', on_progress=lambda share: print(share, flush=True))"
    with worker(script, str(pids)) as process:
        assert says(process) == "0.5"
        process.kill()
        child, helper = map(int, pids.read_text().split())
        assert eventually(lambda: gone(child))
        assert eventually(lambda: gone(helper))


def test_a_worker_that_ends_takes_its_idle_child_along() -> None:
    with worker("print(act('echo').output['pid'], flush=True)", os.devnull) as process:
        child = int(says(process))
        assert process.wait(PATIENCE) == 0
        assert eventually(lambda: gone(child))


FORK = """
first = act("echo").output["pid"]
fork = os.fork()
if not fork:
    print(first, os.getpid(), act("echo").output["pid"], flush=True)
    sys.stdin.readline()
    os._exit(0)
sys.stdin = None
os.waitpid(fork, 0)
"""


def test_a_forked_worker_has_children_of_its_own() -> None:
    with worker("import warnings; warnings.simplefilter('ignore')" + FORK, os.devnull) as process:
        first, fork, second = map(int, says(process).split())
        assert first != second
        assert not gone(first)
        process.kill()
        assert eventually(lambda: gone(first))
        assert not gone(fork)
        assert not gone(second)
        os.kill(fork, signal.SIGKILL)
        assert eventually(lambda: gone(second))


def test_a_fork_leaves_its_parents_child_alone() -> None:
    script = """
first = act("echo").output["pid"]
fork = os.fork()
if fork:
    os.waitpid(fork, 0)
    print(first, act("echo").output["pid"], flush=True)
"""
    with worker("import warnings; warnings.simplefilter('ignore')" + script, os.devnull) as process:
        first, again = map(int, says(process).split())
        assert first == again
        assert process.wait(PATIENCE) == 0


@contextmanager
def child(script: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(FAKES), *sys.path])}
    preface = "from django_universal_ai.providers import child\n"
    with subprocess.Popen(
        [sys.executable, "-c", preface + script],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


REQUEST = {
    "feature": "text",
    "subfeature": "act",
    "model": None,
    "input": {"do": "count"},
    "files": {},
    "provider_params": {},
    "show_original_response": False,
    "folder": "",
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_the_whole_group_is_left_to_the_worker(number: int) -> None:
    with child("child.main('actor')") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(encode(REQUEST))
        process.stdin.flush()
        assert "progress" in decode(process.stdout.readline())
        process.send_signal(number)
        rest = [decode(process.stdout.readline()) for _ in range(4)]
        assert "result" in rest[-1]
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs Linux's /proc")
def test_a_child_has_no_more_memory_than_it_is_given() -> None:
    with child(f"child.main('actor', {300 << 20})") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(encode(REQUEST))
        process.stdin.flush()
        assert "progress" in decode(process.stdout.readline())
        limits = Path(f"/proc/{process.pid}/limits").read_text().splitlines()
        (data,) = (line.split()[3:5] for line in limits if line.startswith("Max data size"))
        assert data == [str(300 << 20)] * 2
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


def test_an_idle_child_ends_by_itself() -> None:
    with child("child.IDLE_SECONDS = 0.5; child.main('actor')") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for do in ("count", "refuse", "blunder"):
            process.stdin.write(encode({**REQUEST, "input": {"do": do}}))
            process.stdin.flush()
        answers = [decode(line) for line in process.stdout]
        assert [next(iter(answer)) for answer in answers[-3:]] == ["result", "refused", "failed"]
        assert process.wait(PATIENCE) == 0
