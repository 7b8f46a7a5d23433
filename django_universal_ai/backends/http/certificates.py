"""Whom TLS trusts: the usual authorities, read once per process."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache

import httpx


def trusted() -> ssl.SSLContext:
    """The authorities that httpx knows, or those of ``SSL_CERT_FILE`` or ``SSL_CERT_DIR``.

    Reading them takes a twentieth of a second: all clients of a process share what was read.
    """
    return _read(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=2)
def _read(file: str | None, folder: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context()
