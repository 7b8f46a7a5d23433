"""What jobs cost that are done here: the prices in force, and what they make of a run."""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from decimal import Decimal

from django.db.models.signals import post_delete, post_save

from ..backends import BaseBackend, RunResponse, backends
from ..contract import JobResponse, JobStatus, ModelId
from ..contract.prices import RESERVE, Prices, cost_of, keys_of, missing_quantities
from ..exceptions import InvalidInput
from ..models import Price, UniversalAIJob
from ..models.database import retrying
from .writer import storable_cost

logger = logging.getLogger("django_universal_ai")

#: Seconds for which a process goes by the rows that it has read.
FRESH_FOR = 5.0

_rows: tuple[float, dict[str, Prices]] | None = None


def forget(**kwargs: object) -> None:
    """Read the prices anew when they are next needed."""
    global _rows
    _rows = None


post_save.connect(forget, sender=Price, dispatch_uid="universal_ai.prices")
post_delete.connect(forget, sender=Price, dispatch_uid="universal_ai.prices")


def prices_of(model: ModelId, backend: BaseBackend | None) -> Prices:
    """The prices of the most exact key there are any for; a row goes before the setting."""
    rows = _read()
    for key in keys_of(model):
        found = rows.get(key) or (backend.prices.get(key) if backend else None)
        if found:
            return found
    return {}


def reserve_of(job: UniversalAIJob) -> Decimal:
    """What a budget sets aside for a job: its own price, or what is known before it runs."""
    prices = prices_of(job.model_id, _backend(job))
    return prices.get(RESERVE, prices.get("request", Decimal(0)))


def priced(job: UniversalAIJob, response: JobResponse) -> JobResponse:
    """The response of a run here, with the host's price for it; a run that failed is free."""
    if not isinstance(response, RunResponse) or response.status != JobStatus.SUCCESS:
        return response
    model = ModelId(response.feature, response.subfeature, response.provider, response.model)
    prices = {
        unit: price for unit, price in prices_of(model, _backend(job)).items() if unit != RESERVE
    }
    if not prices:
        return response
    if missing := missing_quantities(prices, response.usage):
        logger.warning(
            "job %s: %s has a price per %s, but doesn't say how many a run used.",
            job.pk, response.provider, " and ".join(missing),
        )  # fmt: skip
    cost = cost_of(prices, response.usage)
    if storable_cost(cost) is None:
        logger.error("job %s: its cost is beyond all reason: %s", job.pk, cost)
    return response.model_copy(update={"cost": cost})


def _backend(job: UniversalAIJob) -> BaseBackend | None:
    try:
        return backends[job.backend]
    except InvalidInput:  # it isn't configured any more
        return None


@retrying
def _read() -> dict[str, Prices]:
    global _rows
    if _rows is None or time.monotonic() - _rows[0] > FRESH_FOR:
        table: dict[str, dict[str, Decimal]] = defaultdict(dict)
        for name, unit, amount in Price.objects.values_list("name", "unit", "amount"):
            table[name][unit] = amount
        _rows = time.monotonic(), dict(table)
    return _rows[1]
