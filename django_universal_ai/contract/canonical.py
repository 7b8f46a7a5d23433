"""The text that is signed in place of a webhook's body: sorted keys, two-space indent, UTF-8.

The service writes it with orjson. Whoever rebuilds it from the parsed body meets three spellings
of the same float::

    orjson up to 3.11   0.00001   1e-7    1e16
    orjson from 3.12    0.00001   1e-7    1e+16
    json.dumps          1e-05     1e-07   1e+16

All else is equal. The two of orjson differ in the plus sign alone, and only from 1e16 on (measured
with 3.10.18, 3.11.5, 3.12.0 and 3.13.0 over 300,000 floats of all magnitudes).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

# In this layout every value ends its line, and no string holds a line break: a line that ends in
# digits ends in a number.
_PLUS = re.compile(rb"(?<=[0-9])e\+([0-9]{2,3},?)$", re.MULTILINE)
_NO_PLUS = re.compile(rb"(?<=[0-9])e([0-9]{2,3},?)$", re.MULTILINE)
_SMALL = re.compile(rb"(?<!\S)-?(?:0\.0000[0-9]+|[0-9.]+e-[0-9]+)(?=,?$)", re.MULTILINE)


def canonical_json(document: Any) -> bytes:
    """The text as the installed orjson writes it.

    Raises :class:`TypeError` for what orjson can't write (integers beyond 64 bits, halves of
    surrogate pairs, more than 254 levels), :class:`ImportError` without orjson.
    """
    import orjson

    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def canonical_forms(document: Any) -> Iterator[bytes]:
    """Every form in which a signer may have written ``document``, the likely ones first."""
    try:
        written = canonical_json(document)
    except TypeError:
        yield from _long_way(document)
        return
    yield written
    with_plus = _NO_PLUS.sub(rb"e+\1", written)
    others = (_PLUS.sub(rb"e\1", written), with_plus, _SMALL.sub(_as_python, with_plus))
    yield from {other for other in others if other != written}


def _as_python(number: re.Match[bytes]) -> bytes:
    return repr(float(number[0])).encode()


def _long_way(document: Any) -> Iterator[bytes]:
    """What only ``json.dumps`` can write: it is slow, and its pieces fill the memory."""
    text = io.StringIO()
    json.dump(document, text, sort_keys=True, indent=2, ensure_ascii=False)
    try:
        yield text.getvalue().encode()
    except UnicodeEncodeError:
        return  # half of a surrogate pair: no form of it is UTF-8
