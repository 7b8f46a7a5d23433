"""The contract stands by itself: it imports neither Django nor an HTTP client."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import django_universal_ai.contract as contract
assert all(hasattr(contract, name) for name in contract.__all__)
print(*sorted({"django", "httpx", "celery"} & {name.split(".")[0] for name in sys.modules}))
"""


def test_contract_imports_no_framework() -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stdout.strip(), result.stderr) == (0, "", "")
