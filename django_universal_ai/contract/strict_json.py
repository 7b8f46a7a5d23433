"""Reading JSON that a stranger may have sent: strict, and in time proportional to its length."""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Any

from .json_value import MAX_DEPTH

#: Characters of one number; the longest that means anything has about 800.
MAX_NUMBER = 1000
#: Bytes of indentation in the canonical form. Without a limit, 10 MiB of ``0,0,0,...`` on level
#: 200 would be laid out over 2 GB.
MAX_INDENTATION = 64 * 1024**2

# The closing quote is optional: an open string then ends the search, which would otherwise begin
# anew at every quote behind it.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
# A run of digits is looked at from its start only.
_LONG_NUMBER = re.compile(rb"(?:^|[^-+.0-9eE])[-+.0-9eE]{%d}" % (MAX_NUMBER + 1))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1, ord(","): 0}
_NO_STRUCTURE = bytes(set(range(256)) - set(_STEPS))


def read_json(raw: bytes) -> Any:
    """The value of a JSON text in UTF-8; of doubled keys the last one counts, as everywhere.

    Raises :class:`ValueError` with a plain reason: for what isn't JSON (NaN and infinity, which
    Python would read, included), for nesting deeper than :data:`~.json_value.MAX_DEPTH`, and for
    numbers and documents that take their readers too much time or memory.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise ValueError("it isn't UTF-8") from None
    _check_size(raw)
    try:
        return json.loads(text, parse_float=_finite, parse_constant=_refuse)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


_TOO_DEEP = f"it is nested deeper than {MAX_DEPTH} levels"


def _check_size(raw: bytes) -> None:
    bare = _STRING.sub(b"", raw)
    if _LONG_NUMBER.search(bare):
        raise ValueError(f"a number in it is longer than {MAX_NUMBER} characters")
    structure = bare.translate(None, _NO_STRUCTURE)
    if max(accumulate(map(_STEPS.__getitem__, structure)), default=0) > MAX_DEPTH:
        raise ValueError(_TOO_DEEP)
    # Each of these characters begins a line, indented by two blanks per level.
    if 2 * sum(accumulate(map(_STEPS.__getitem__, structure))) > MAX_INDENTATION:
        raise ValueError("it has too many values on deep levels")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number in it is beyond the range of floating point")
    return number


def _refuse(name: str) -> Any:
    raise ValueError(f"it holds {name}, which JSON doesn't have")
