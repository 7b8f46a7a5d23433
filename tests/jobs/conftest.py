from __future__ import annotations

from tests.providers.conftest import actor
from tests.remote import configure, remote, upstream

__all__ = ["actor", "configure", "remote", "upstream"]
