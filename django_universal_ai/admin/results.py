"""What an action did, told to the person who asked for it."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import ngettext

from ..contract import redact

#: Different reasons that are told; more would fill the page.
MOST_REASONS = 5
#: Characters of one reason that are told.
MOST_CHARACTERS = 500


class Failures:
    """Jobs that an action couldn't serve, counted by reason."""

    def __init__(self) -> None:
        self._reasons: Counter[str] = Counter()

    def add(self, error: Exception) -> None:
        self._reasons[reason(error)] += 1

    def tell(self, request: HttpRequest) -> None:
        """One message for each reason, the most frequent first."""
        told = self._reasons.most_common(MOST_REASONS)
        for words, count in told:
            text = ngettext("%(count)d job: %(reason)s", "%(count)d jobs: %(reason)s", count)
            messages.error(request, text % {"count": count, "reason": words})
        left = self._reasons.total() - sum(count for _words, count in told)
        if left:
            text = ngettext(
                "%(count)d job failed for another reason.",
                "%(count)d jobs failed for other reasons.",
                left,
            )
            messages.error(request, text % {"count": left})


def reason(error: Exception) -> str:
    """An error in one line, free of secrets."""
    if isinstance(error, ValidationError):
        fields = error.message_dict.items()
        words = "; ".join(f"{field}: {' '.join(said)}" for field, said in fields)
    else:
        words = str(error) or type(error).__name__
    return redact(words)[:MOST_CHARACTERS]
