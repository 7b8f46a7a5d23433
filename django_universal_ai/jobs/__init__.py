"""Every change of a job's state, one function each.

This is the waist of the app: views, admin, gateway, webhooks, engine and commands call it, and
nothing else writes ``status``.

::

    pending ── submitting ── processing ── success | fail
                   └── uncertain ──┘
"""

from __future__ import annotations

from .adopting import adopt_id
from .asked import delete_remote, hear, look, refresh
from .asking import resubmit, submit, submit_many
from .moves import (
    Ticket,
    accept,
    adopt,
    ask_cost_again,
    begin_run,
    begin_submission,
    defer,
    expire,
    fill_cost,
    finish_run,
    give_up,
    hold,
    keep,
    leave_costs,
    lose,
    miss,
    observe,
    postpone,
    put_off,
    reap,
    refuse,
    renew,
    seen,
    set_aside,
    unlisted,
    wait_for_cost,
)
from .repeating import is_repeatable, repeat
from .writer import together

__all__ = [
    "Ticket",
    "accept",
    "adopt",
    "adopt_id",
    "ask_cost_again",
    "begin_run",
    "begin_submission",
    "defer",
    "delete_remote",
    "expire",
    "fill_cost",
    "finish_run",
    "give_up",
    "hear",
    "hold",
    "is_repeatable",
    "keep",
    "leave_costs",
    "look",
    "lose",
    "miss",
    "observe",
    "postpone",
    "put_off",
    "reap",
    "refresh",
    "refuse",
    "renew",
    "repeat",
    "resubmit",
    "seen",
    "set_aside",
    "submit",
    "submit_many",
    "together",
    "unlisted",
    "wait_for_cost",
]
