"""Certificates of servers in tests."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


def make_certificate(folder: Path, *, name: str, kind: str) -> Path:
    """A key and its own certificate for a name of a ``kind`` (DNS, IP), in one file."""
    if not shutil.which("openssl"):
        pytest.skip("needs openssl for a key")
    path = folder / "both.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        f" -subj /CN={name} -addext subjectAltName={kind}:{name} -keyout {path} -out -"
    )
    done = subprocess.run(command.split(), check=True, capture_output=True)
    with path.open("ab") as file:
        file.write(done.stdout)
    return path


def speaking(certificate: Path) -> ssl.SSLContext:
    """For a server with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
