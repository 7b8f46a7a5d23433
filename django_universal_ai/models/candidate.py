"""Who may do a job: the model that was asked for, and its fallbacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from operator import eq

from ..contract import ModelId
from ..contract.fallbacks import resolve_fallback


@dataclass(frozen=True, slots=True)
class Candidate:
    """One who may do the job."""

    model: ModelId
    backend: str
    """Alias in ``settings.UNIVERSAL_AI``."""
    along: int
    """How many candidates right after it are the same backend's: a service gets them with it."""


def candidates(model: ModelId, fallbacks: Sequence[str], route: Sequence[str]) -> list[Candidate]:
    """The model asked for and its fallbacks, in order.

    ``route`` has their backends; what is missing at its end is the last one's.
    """
    models = [model, *(resolve_fallback(model, fallback) for fallback in fallbacks)]
    aliases = [*route, *[route[-1]] * (len(models) - len(route))]
    return [
        Candidate(
            model=each,
            backend=aliases[place],
            along=sum(1 for _ in takewhile(partial(eq, aliases[place]), aliases[place + 1 :])),
        )
        for place, each in enumerate(models)
    ]
