from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import NamedTuple

import pytest
from django.core.management import call_command

from tests.remote import configure, remote, upstream

__all__ = ["Said", "configure", "remote", "universal_ai", "upstream"]


class Said(NamedTuple):
    out: str
    err: str
    code: int


@pytest.fixture
def universal_ai() -> Callable[..., Said]:
    """``manage.py universal_ai ...`` in this process; a ``CommandError`` passes."""

    def command(*words: object) -> Said:
        out, err = StringIO(), StringIO()
        code = 0
        try:
            call_command("universal_ai", *map(str, words), stdout=out, stderr=err, no_color=True)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        return Said(out.getvalue(), err.getvalue(), code)

    return command
