from __future__ import annotations

from django.apps import AppConfig


class HostConfig(AppConfig):
    name = "benchmarks.host"
    label = "benchmark_host"

    def ready(self) -> None:
        from tests.faults.host import lifeline

        from . import counting

        lifeline.watch()
        counting.install()
