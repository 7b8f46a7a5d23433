"""The verbs of ``manage.py universal_ai``, one module each.

A verb has ``add_arguments(parser)`` and ``handle(command, **options)``; its docstring's first line
is its help.
"""

from __future__ import annotations

from types import ModuleType

from . import doctor, listing, resubmit, run, submit, token, watch

VERBS: dict[str, ModuleType] = {
    "submit": submit,
    "watch": watch,
    "list": listing,
    "resubmit": resubmit,
    "run": run,
    "doctor": doctor,
    "token": token,
}
