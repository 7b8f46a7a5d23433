from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path

import httpx
import pytest

from example_project.documents.management.processes import HOST
from example_project.documents.management.site import Browser

from .conftest import SAMPLES, Example, eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_a_port_that_is_taken_is_told(example: Example) -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        ran = example.manage("serve_demo", "--port", str(port))
    assert ran.returncode == 1
    assert f"Port {port} is taken" in ran.stderr


def test_the_curl_that_it_prints_works_and_a_dead_worker_is_replaced(example: Example) -> None:
    with example.served() as address:
        said = example.var / "serve.log"
        eventually(lambda: "Ctrl-C stops" in said.read_text())
        text = said.read_text()
        kill_worker(example)
        eventually(lambda: said.read_text().count("Starting another") == 1)
        headers = {"Authorization": found(r"'Authorization: (Bearer \S+)'", text)}
        body = found(r"-d '(.+)'", text)
        url = found(r"curl -X POST (\S+)", text)
        headers["Content-Type"] = "application/json"
        job = httpx.post(url, content=body, headers=headers)
        assert job.status_code == 202, job.text
        seen = f"{url}/{job.json()['public_id']}"
        eventually(lambda: httpx.get(seen, headers=headers).json()["status"] == "success")
    log = said.read_text()
    assert log.rstrip().endswith("Stopped.")
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)


def test_without_debug_nobody_can_sign_in_as_demo(tmp_path: Path) -> None:
    example = Example(tmp_path / "var", {"DEBUG": "0"})
    with example.served() as address:
        page = httpx.get(address)
        style = re.search(r'href="(/static/[^"]+\.css)"', page.text)
        assert style is not None
        assert httpx.get(f"{address}{style[1]}").status_code == 200
        browser = Browser(address)
        assert browser.bring(SAMPLES / "speech.wav")
        browser.close()
    assert "password" not in (example.var / "serve.log").read_text()


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[1]


def kill_worker(example: Example) -> None:
    """SIGKILL for the worker that ``serve_demo`` started, as its log names it."""
    name = re.compile(rb"--hostname\0example-(\d+)@")
    ours = str(example.var).encode()
    for entry in Path("/proc").iterdir():
        try:
            command, environ = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
        except (OSError, NotADirectoryError):
            continue
        if name.search(command) and ours in environ:
            os.kill(int(entry.name), signal.SIGKILL)
