"""What was measured, kept as JSON: every run of every contestant, and where it ran."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from . import servers
from .stage import FOLDER, Figures

_PACKAGES = ("Django", "celery", "httpx", "psycopg", "redis")


def file(name: str = "results") -> Path:
    """Where the results of this name are kept. ``results`` are those of the page."""
    return FOLDER / f"{name}.json"


def load(path: Path) -> dict[str, Any]:
    """What is known so far: ``{"scenarios": {scenario: {contestant: {"runs": [...]}}}}``."""
    if not path.exists():
        return {"scenarios": {}}
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@contextmanager
def changing(path: Path) -> Iterator[dict[str, Any]]:
    """The results, to be changed: another run may measure other scenarios at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = load(path)
        yield found
        path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


def medians(runs: list[Figures]) -> Figures:
    """The median of each figure over the runs that have it."""
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: median(run[name] for run in runs if name in run) for name in names}


def about(command: str) -> dict[str, str]:
    """Where it ran, with what, and when."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    with servers.database(f"bench_{os.getpid()}_version") as database:
        postgres = database.version()
    return {
        "command": command,
        "commit": commit(),
        "at": time.strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {platform.system()}",
        "versions": f"Python {platform.python_version()}, {packages}, PostgreSQL {postgres}, "
        f"Redis {servers.redis_version()}",
    }


def commit() -> str:
    """The commit of this checkout; ``+`` where files were changed since, but for the page."""
    git = ["git", "-C", str(servers.ROOT)]
    try:
        name = subprocess.check_output([*git, "rev-parse", "--short", "HEAD"], text=True)
        changed = subprocess.check_output(
            [*git, "status", "--porcelain", "-uno", "--", ".", ":!docs"], text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name.strip() + ("+" if changed.strip() else "")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
