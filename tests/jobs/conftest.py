from __future__ import annotations

from tests.remote import configure, remote, upstream

__all__ = ["configure", "remote", "upstream"]
