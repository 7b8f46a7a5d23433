from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from example_project.documents.management import processes

from .conftest import eventually

#: Arguments of ``python -m`` for a process that says "up" and then stays.
SLEEP = ("timeit", "-n1", "-r1", "-simport time", "print('up', flush=True); time.sleep(60)")


@pytest.fixture(autouse=True)
def _own_folders(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    settings.BASE_DIR = tmp_path


@pytest.fixture
def sleeper() -> Iterator[processes.Process]:
    """A process that runs, and has said so."""
    with processes.Process("sleeper", *SLEEP) as process:
        eventually(lambda: "up" in process.log.read_text())
        yield process


def test_a_process_ends_with_its_block(sleeper: processes.Process) -> None:
    sleeper.stop()
    assert not sleeper.is_alive
    sleeper.stop()  # once more is no error


def test_the_end_of_the_log_is_shown(sleeper: processes.Process) -> None:
    assert sleeper.tail().splitlines() == [f"The end of {sleeper.log}:", "up"]


def test_who_did_not_start_has_no_log() -> None:
    process = processes.Process("never", *SLEEP)
    assert not process.is_alive
    assert process.tail().strip() == f"The end of {process.log}:"


def test_a_free_port_is_not_taken() -> None:
    port = processes.free_port()
    assert not processes.is_taken(port)
    with socket.create_server((processes.HOST, port)):
        assert processes.is_taken(port)


def test_a_server_that_ends_at_once_is_told_with_its_log() -> None:
    with (
        processes.Process("broken", "no_module_of_this_name") as process,
        pytest.raises(processes.StartFailed, match="no_module_of_this_name"),
    ):
        processes.await_port(process, processes.free_port())


def test_a_request_to_end_is_like_ctrl_c() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), processes.terminable():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before
