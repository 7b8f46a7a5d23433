"""How large the fault tests are: ``UNIVERSAL_AI_CHAOS=long`` makes them long."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import Any

LONG = os.environ.get("UNIVERSAL_AI_CHAOS") == "long"
#: Of everything that the tests themselves leave to chance.
SEED = int(os.environ.get("UNIVERSAL_AI_CHAOS_SEED", random.SystemRandom().randrange(2**31)))
#: Seconds after the last kill by which every job has moved on.
RECOVERY = 75.0
#: Seconds that a test may take.
TIMEOUT = 1200 if LONG else 300


def until_done(jobs: int) -> float:
    """Seconds in which so many jobs end and trouble is over, on a machine with a lot to do."""
    return RECOVERY + jobs / 5


@dataclass(frozen=True, slots=True)
class Size:
    """Jobs, seconds of trouble, seconds between two blows."""

    jobs: int
    seconds: float
    every: float = 2.0


CHAOS = Size(2000, 60.0) if LONG else Size(200, 14.0)
#: Requests per second of the account while workers are killed.
CHAOS_RATE = 120 if LONG else 60
#: The long form waits for the real leases and claims; the short one for shorter ones.
CHAOS_OPTIONS: dict[str, Any] = {} if LONG else {"total_timeout": 10}
CHAOS_SHORTER = (
    {}
    if LONG
    else {
        "django_universal_ai.outbox.CLAIM": 10,
        "django_universal_ai.engine.sweeping.SWEEP_LEASE": 5,
        "django_universal_ai.engine.sending.CLAIM": 5,
        "django_universal_ai.engine.watching.CLAIM": 5,
    }
)
