"""Every change of a job's state, one function each.

This is the waist of the app: views, admin, gateway, webhooks, engine and commands call it, and
nothing else writes ``status``.

::

    pending ── submitting ── processing ── success | fail
                   └── uncertain ──┘

A job whose candidate failed and that has a fallback left is ``pending`` once more.
"""

from __future__ import annotations

from .adopting import adopt_id
from .asked import delete_remote, deleted_remotely, hear, look, refresh
from .asking import check_resubmission, resubmit, submit
from .asking_many import submit_many
from .falling_back import are_failed, has_fallback
from .intake import discard
from .moves import (
    Ticket,
    abandon,
    accept,
    adopt,
    ask_cost_again,
    begin_submission,
    defer,
    expire,
    fill_cost,
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
    seen,
    set_aside,
    unlisted,
    wait_for_cost,
)
from .offering import offers
from .prices import reserve_of
from .repeating import is_repeatable, repeat
from .runs import begin_run, end_unbegun, finish_run, renew
from .writer import Step, Won, together

__all__ = [
    "Step",
    "Ticket",
    "Won",
    "abandon",
    "accept",
    "adopt",
    "adopt_id",
    "are_failed",
    "ask_cost_again",
    "begin_run",
    "begin_submission",
    "check_resubmission",
    "defer",
    "delete_remote",
    "deleted_remotely",
    "discard",
    "end_unbegun",
    "expire",
    "fill_cost",
    "finish_run",
    "give_up",
    "has_fallback",
    "hear",
    "hold",
    "is_repeatable",
    "keep",
    "leave_costs",
    "look",
    "lose",
    "miss",
    "observe",
    "offers",
    "postpone",
    "put_off",
    "reap",
    "refresh",
    "refuse",
    "renew",
    "repeat",
    "reserve_of",
    "resubmit",
    "seen",
    "set_aside",
    "submit",
    "submit_many",
    "together",
    "unlisted",
    "wait_for_cost",
]
