"""Costs that weren't told with the result: a webhook has none.

They are asked for when the account has nothing else to do, one request each, and once only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .. import jobs
from ..backends import BaseBackend
from ..exceptions import AccountRefused, BackendError, NotFound, RateLimited, TurnMissed
from ..models import UniversalAIJob
from .sources import Landing, TableSource, asked

logger = logging.getLogger("django_universal_ai")

#: Jobs that are taken from the table at once, and seconds for which they are ours.
CHUNK, CLAIM = 50, 30.0


class Costs(TableSource[UniversalAIJob, UniversalAIJob]):
    """Ended jobs of one backend whose cost isn't known yet."""

    is_patient = True
    again = 1.0

    def __init__(self, backend: BaseBackend) -> None:
        super().__init__()
        self.backend = backend

    def _refill(self) -> bool:
        due = UniversalAIJob.objects.finished().due().filter(backend=self.backend.alias, cost=None)
        if not due.exists():
            return False
        if not self.backend.fetches_costs:
            jobs.leave_costs(self.backend.alias)
            return False
        self._waiting.extend(due.lean().order_by("due_at").claim(CHUNK, seconds=CLAIM))
        return len(self._waiting) == CHUNK

    def next(self) -> tuple[UniversalAIJob, Callable[[], Any]]:
        job = self._waiting.popleft()
        return job, partial(self.backend.get, job.public_id or "")

    def land(self, landings: Sequence[Landing[UniversalAIJob]]) -> int:
        steps = [self._step(landing) for landing in landings]
        return sum(jobs.together([step for step in steps if step is not None]))

    def _step(self, landing: Landing[UniversalAIJob]) -> jobs.Step | None:
        job = landing.item
        try:
            with asked(self.backend, landing.turn):
                cost = landing.result().cost
        except (AccountRefused, RateLimited, TurnMissed):
            self._waiting.append(job)  # asked for again, or given back
            return None
        except NotFound:
            cost = None
        except BackendError as error:
            logger.info("job %s: its cost can't be asked for now: %s", job.pk, error)
            jobs.wait_for_cost(job)
            return None
        return partial(jobs.fill_cost, job, cost)

    def close(self) -> None:
        jobs.ask_cost_again(job.pk for job in self._waiting)
