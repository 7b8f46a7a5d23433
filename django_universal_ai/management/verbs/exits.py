"""How a verb ends: the exit codes, the same for all of them."""

from __future__ import annotations

from django.core.management.base import CommandError

#: The job failed; or something went wrong, which is Django's own code for it.
FAILED = 1
#: It was asked for in a way that can't be: argparse's own code for it.
MISUSED = 2
#: Time is up; the job runs on.
TIMED_OUT = 3
#: All that could be done is done, and something is left.
LEFT = 4
#: Ctrl-C, as shells count it.
INTERRUPTED = 130


def misused(message: str) -> CommandError:
    """What was asked for can't be; the message says what can."""
    return CommandError(message, returncode=MISUSED)
