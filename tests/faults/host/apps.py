"""A host project as the app sees it, with a test's hands on it."""

from __future__ import annotations

from django.apps import AppConfig


class HostConfig(AppConfig):
    name = "tests.faults.host"
    label = "faults_host"

    def ready(self) -> None:
        from . import crash, lifeline, receivers, shorter

        lifeline.watch()
        shorter.apply()
        receivers.connect()
        crash.arm()
