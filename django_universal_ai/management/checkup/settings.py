"""The settings, by the system checks that the apps have."""

from __future__ import annotations

from collections.abc import Iterator

from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from ...backends import backends
from ...checks import check_settings
from .line import Line, Mark


def lines() -> Iterator[Line]:
    found = [
        message
        for message in checks.run_checks(tags=["universal_ai"])
        if not message.is_silenced()  # the project knows
    ]
    # A backend that can't do a thing is only a warning to Django, for the site can do without.
    about_backends = check_settings()
    has_trouble = False
    for message in found:
        is_wrong = message.is_serious() or message in about_backends
        has_trouble |= is_wrong
        mark = Mark.LOOK if is_wrong else Mark.NOTE
        yield Line(mark, "settings", str(message.msg), str(message.hint or ""))
    if has_trouble:
        return
    try:
        yield Line(Mark.OK, "settings", f"backends {', '.join(backends.aliases())}")
    except ImproperlyConfigured:  # a check says so, and is silenced
        return
