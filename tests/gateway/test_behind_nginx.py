"""The proxy of the deployment page: its block in a real nginx, before a real site."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
from django.contrib.auth.models import User
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from django_universal_ai.gateway import tokens
from tests.services import give_up

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "deployment.md"
_AROUND = """
daemon off;
{user}
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream app {{ server {app}; }}
    server {{
        listen 127.0.0.1:{port};
        {block}
    }}
}}
"""


def block() -> str:
    """The page's own."""
    (found,) = re.findall(r"```nginx\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return str(found)


@pytest.fixture
def nginx(live_server: LiveServer, tmp_path: Path, settings: Settings) -> Iterator[str]:
    """The address of an nginx before the site."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        give_up("There is no nginx (Debian: apt install nginx-light).")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    config = tmp_path / "nginx.conf"
    app = live_server.url.removeprefix("http://")
    # Else root's nginx does its work as somebody who may not write here.
    user = "user root;" if os.getuid() == 0 else ""
    config.write_text(_AROUND.format(user=user, folder=tmp_path, app=app, port=port, block=block()))
    command = [program, "-c", str(config), "-e", str(tmp_path / "start.log")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    process = subprocess.Popen(command)
    try:
        _await(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 30
    while not _listens(port):
        assert process.poll() is None, "nginx ended"
        assert time.monotonic() < deadline, "nginx doesn't listen"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_uploads_and_jobs_go_through_the_proxy(nginx: str) -> None:
    token = tokens.create(User.objects.create_user("ann"), sandbox=True)
    with httpx.Client(base_url=f"{nginx}/v3", headers={"Authorization": f"Bearer {token}"}) as http:
        assert http.get("/health").json() == {"status": "ok"}
        uploaded = http.post("/upload", files={"file": ("a.wav", b"RIFF" + bytes(3_000_000))})
        assert uploaded.status_code == 200
        assert uploaded.json()["file_size"] == 3_000_004
        made = http.post(
            "/universal-ai/async",
            json={
                "model": "audio/speech_to_text_async/google",
                "input": {"file": uploaded.json()["file_id"]},
            },
        )
        assert made.status_code == 202
        found = http.get(f"/universal-ai/async/{made.json()['public_id']}")
        assert found.json()["status"] == "success"


def test_the_proxy_refuses_what_is_too_large_before_it_was_sent(nginx: str) -> None:
    connection = HTTPConnection(nginx.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", "/v3/upload")
    connection.putheader("Content-Length", str(200 * 2**20))
    connection.endheaders()
    with connection.getresponse() as response:
        assert response.status == 413
    connection.close()
