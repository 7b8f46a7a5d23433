"""The verbs of ``manage.py universal_ai``, one module each.

A verb has ``add_arguments(parser)`` and ``handle(command, **options)``; its docstring's first line
is its help.
"""

from __future__ import annotations

from types import ModuleType

from . import (
    adopt,
    doctor,
    erase,
    export,
    give_up,
    listing,
    prune,
    recount,
    resubmit,
    run,
    selftest,
    signing_key,
    submit,
    token,
    usage,
    watch,
)

VERBS: dict[str, ModuleType] = {
    "submit": submit,
    "watch": watch,
    "list": listing,
    "resubmit": resubmit,
    "adopt": adopt,
    "give-up": give_up,
    "run": run,
    "prune": prune,
    "export": export,
    "erase": erase,
    "doctor": doctor,
    "recount": recount,
    "token": token,
    "usage": usage,
    "signing-key": signing_key,
    "webhook-selftest": selftest,
}
