"""Why jobs stay, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ...jobs import needs

#: Why a job stays with ``--remote``, beside what needs it.
NOT_DELETED_THERE = "not_deleted_at_the_service"

_WORDS = {
    NOT_DELETED_THERE: (
        "it can't be deleted at the service",
        "Configure its backend again, or leave out --remote.",
    )
}


def kept_lines(kept: Counter[str]) -> Iterator[str]:
    """One line for each reason, with the way out."""
    for name, count in sorted(kept.items()):
        if name in _WORDS:
            reason, way_out = _WORDS[name]
        else:
            need = needs.named(name)
            reason, way_out = need.reason, need.way_out
        yield f"{count:,} kept: {reason}. {way_out}"
