"""``python -m benchmarks.host.web``: the process that asks for jobs, as it is told."""

from __future__ import annotations

import os
from importlib import import_module

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.host.settings"
django.setup()

from benchmarks.host.celery import app  # noqa: E402
from benchmarks.talking import obey  # noqa: E402


def main() -> None:
    app.set_current()
    module = {
        "usual": "benchmarks.usual.calls",
        "app": "benchmarks.host.calls",
        "desk": "benchmarks.host.desk",
    }
    obey(import_module(module[os.environ["BENCHMARK_CONTESTANT"]]).CALLS)


if __name__ == "__main__":
    main()
