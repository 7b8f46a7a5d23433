"""Checks for `django-health-check <https://pypi.org/project/django-health-check/>`_.

They find what ``universal_ai doctor`` finds, and say less: a health page is often public.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from health_check.base import HealthCheck
from health_check.exceptions import ServiceUnavailable

from .management.checkup import Line, Mark, accounts, database, workers
from .models.database import close_stale_connections


class _Check(HealthCheck):  # type: ignore[misc]  # it ships no types
    """Unhealthy where one of its lines wants a look."""

    #: What is said then, to everybody.
    trouble = ""

    def lines(self) -> Iterable[Line]:
        raise NotImplementedError

    def run(self) -> None:
        try:
            is_well = all(line.mark != Mark.LOOK for line in self.lines())
        finally:
            close_stale_connections()  # it runs in a thread that isn't a request's
        if not is_well:
            raise ServiceUnavailable(f"{self.trouble} (manage.py universal_ai doctor says more)")


@dataclass
class JobsMove(_Check):
    """No job that could move has waited for long: workers are at work."""

    trouble = "A job that could move waits for minutes"

    def lines(self) -> Iterable[Line]:
        return filter(None, [workers.overdue()])


@dataclass
class Broker(_Check):
    """The broker answers. Without it jobs move all the same, a little later."""

    trouble = "The broker doesn't answer"

    def lines(self) -> Iterable[Line]:
        return [workers.broker()]


@dataclass
class Accounts(_Check):
    """No account is refused by its service, or paused by a person."""

    trouble = "An account is refused or paused"

    def lines(self) -> Iterable[Line]:
        return accounts.lines()


@dataclass
class Tables(_Check):
    """The jobs' database answers, and its tables are those of this version."""

    trouble = "The database is away, or not migrated"

    def lines(self) -> Iterable[Line]:
        return database.lines()
