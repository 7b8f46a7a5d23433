"""List the tests that ran in none of the given JUnit reports; exit 75 if there are any."""

from __future__ import annotations

import sys
from xml.etree import ElementTree

DID_NOT_RUN = 75  # as .ci/run reads it


def skip_reasons(paths: list[str]) -> dict[str, str]:
    """Test name to reason, for each test that every report which has it calls skipped.

    An expected failure is a run, although JUnit's form files it under "skipped".
    """
    ran: set[str] = set()
    skipped: dict[str, str] = {}
    for path in paths:
        for case in ElementTree.parse(path).iter("testcase"):
            name = f"{case.get('classname')}::{case.get('name')}"
            skip = case.find("skipped")
            if skip is None or skip.get("type") == "pytest.xfail":
                ran.add(name)
            else:
                skipped[name] = skip.get("message", "")
    return {name: reason for name, reason in skipped.items() if name not in ran}


def main(paths: list[str]) -> int:
    """Print one line for each test that never ran."""
    never = skip_reasons(paths)
    for name, reason in sorted(never.items()):
        print(f"NOT CHECKED: {name}: {reason}")
    print(f"{len(never)} tests ran in none of {len(paths)} reports.")
    return DID_NOT_RUN if never else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
