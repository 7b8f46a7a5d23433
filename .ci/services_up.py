"""Say which of the servers that the tests need accept connections; exit 1 unless all do."""

from __future__ import annotations

import os
import socket
import sys
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5


def why_down(url: str) -> str:
    """What stops a connection to the server of ``url``; empty when it accepts one."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT_SECONDS).close()
    except OSError as error:
        return str(error)
    return ""


def main() -> int:
    """Check every ``UNIVERSAL_AI_TEST_..._URL`` of the environment."""
    down = 0
    for name, url in sorted(os.environ.items()):
        if name.startswith("UNIVERSAL_AI_TEST_") and name.endswith("_URL"):
            reason = why_down(url)
            down += bool(reason)
            print(f"{name}: {'DOWN, ' + reason if reason else 'up'}")
    return 1 if down else 0


if __name__ == "__main__":
    sys.exit(main())
