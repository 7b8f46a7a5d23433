"""What a test has in its hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from importlib.util import find_spec
from typing import Any, Self

from django.http import HttpResponse
from django.test import override_settings

from .. import engine, waking
from ..conf import backend_settings
from ..contract import JobRequest
from ..engine import durations
from ..models import UniversalAIJob
from . import clock, network, webhooks
from .backend import ScriptedBackend, Service
from .outbox import described, fits
from .script import Rule

_BACKEND = f"{ScriptedBackend.__module__}.{ScriptedBackend.__qualname__}"
#: How far :meth:`UniversalAI.run` travels.
AN_HOUR = timedelta(hours=1)
A_DAY = timedelta(days=1)


class UniversalAI:
    """Jobs as a test wants them. A context manager: scripted as long as it is entered.

    All backends of ``settings.UNIVERSAL_AI`` are played by one scripted service. Their own checks
    of requests, and their prices, stay: what they would refuse is refused. Nothing runs by
    itself: :meth:`run` and :meth:`step` do what workers would, in this thread, and call the
    receivers of signals.
    """

    def __init__(self) -> None:
        self._service = Service()
        self._stack = ExitStack()
        self._travelled = timedelta(0)

    def __enter__(self) -> Self:
        options: dict[str, Any] = {"service": self._service}
        if find_spec("cryptography") and find_spec("orjson"):
            options["webhook_public_keys"] = (webhooks.public_pem(),)
        played = {
            alias: {"BACKEND": _BACKEND, "OPTIONS": {"stands_for": entry, **options}}
            for alias, entry in backend_settings().items()
        }
        with ExitStack() as stack:
            stack.enter_context(override_settings(UNIVERSAL_AI=played))
            stack.enter_context(network.blocked())
            stack.enter_context(waking.hushed())
            durations.forget()
            stack.callback(durations.forget)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    # ------------------------------------------------------------------------- what is to happen

    def on(self, model: str = "", when: Callable[[JobRequest], bool] | None = None) -> Rule:
        """Script what becomes of requests for a model.

        ``model`` is a model string, the beginning of one (``"ocr/ocr_async"``), or a pattern
        (``"audio/*/google"``); empty means all. ``when`` chooses by the request. The newest rule
        that fits counts; without one, jobs succeed with an output that is made up.
        """
        return self._service.script.add(model, when)

    # ----------------------------------------------------------------------------- what happened

    @property
    def outbox(self) -> list[UniversalAIJob]:
        """All jobs that were asked for, oldest first, like ``mail.outbox``."""
        return list(UniversalAIJob.objects.order_by("requested_at", "pk"))

    @property
    def posts(self) -> list[JobRequest]:
        """What arrived at the service, oldest first: each of them is billed."""
        return list(self._service.requests)

    def assert_submitted(self, model: str = "", *, count: int = 1, **fields: Any) -> Any:
        """Check that so many jobs were asked for; gives the job, or a list where not one.

        ``model`` as in :meth:`on`; ``fields`` are fields of the job. Of a dictionary, for example
        ``input``, what is given must be in it.
        """
        jobs = self.outbox
        found = [job for job in jobs if fits(job, model, fields)]
        if len(found) != count:
            raise AssertionError(described(jobs, found, count, model, fields))
        return found[0] if count == 1 else found

    def assert_nothing_submitted(self) -> None:
        """Check that no job was asked for."""
        self.assert_submitted(count=0)

    # -------------------------------------------------------------------------------- moving on

    def step(self) -> int:
        """Do what is due now, and nothing that is due later. Returns how many steps were made."""
        return engine.advance()

    def run(self, within: timedelta = AN_HOUR) -> int:
        """Do what is due, travel to what is due next, and so on, until nothing waits.

        Travels ``within`` at the most. A job that needs a person, or a webhook, is left as it is.
        """
        return sum(passes(self, within))

    def travel(self, by: timedelta | None = None, **units: float) -> None:
        """Let time pass: ``travel(hours=6)``. Nothing is done meanwhile.

        Tokens of the gateway have a new day with every 24 hours travelled.
        """
        delta = by if by is not None else timedelta(**units)
        if delta < timedelta(0):
            raise ValueError("Time goes forward only.")
        days = (self._travelled + delta) // A_DAY - self._travelled // A_DAY
        self._travelled += delta
        clock.grow_older(delta, days)
        self._service.grow_older(delta)

    # --------------------------------------------------------------------------------- webhooks

    def post_webhook(
        self, job: UniversalAIJob, *, copies: int = 1, signed: webhooks.Signed = "yes"
    ) -> HttpResponse:
        """Let the service tell a job's end, and act on it; gives the last answer to it.

        Late, if the job ended before; doubled by ``copies``; with ``signed="forged"`` by somebody
        else, with ``signed="no"`` without a signature. Needs the extra ``[webhooks]``.
        """
        job.refresh_from_db(fields=["public_id"])
        if job.public_id not in self._service.jobs:
            raise AssertionError(f"Job {job.pk} isn't at the service: submit it, and step().")
        body: Mapping[str, Any] = webhooks.body_of(self._service.jobs[job.public_id])
        answers = [webhooks.post(dict(body), signed) for _ in range(max(1, copies))]
        self.step()
        return answers[-1]


def passes(kit: UniversalAI, within: timedelta = AN_HOUR) -> Iterator[int]:
    """Step, and travel to what is due next, until nothing waits; gives the steps of each pass.

    Travels ``within`` at the most.
    """
    left = within
    while True:
        moment = clock.next_moment()  # it may come while the step finds nothing to do
        steps = kit.step()
        yield steps
        if steps:
            continue
        moment = moment or clock.next_moment()
        ahead = None if moment is None else clock.until(moment)
        if ahead is None or ahead > left or not clock.something_waits():
            return
        left -= ahead
        kit.travel(ahead)
