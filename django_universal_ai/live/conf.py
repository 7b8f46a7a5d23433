"""``settings.UNIVERSAL_AI_LIVE``, read when it is needed and never at import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from ..conf import refuse_unknown

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ..models import UniversalAIJob

    Rule = Callable[[HttpRequest, UniversalAIJob], object]

NAME = "settings.UNIVERSAL_AI_LIVE"


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """The options and their defaults."""

    MAY_SEE: str | None = None
    """Dotted path of ``(request, job) -> bool``: who may see a job. Not set: its owner."""
    MAY_RETRY: str | None = None
    """The same for asking again for what failed. Not set: nobody."""
    LINK_SECONDS: int = 7 * 86400
    """For how long a signed link may be used."""
    STREAM: bool = True
    """Whether changes are sent as they come, where the site runs under ASGI."""
    STREAM_SECONDS: int = 300
    """How long one connection for them lasts, at the most; the browser makes the next one."""
    MOST_STREAMS: int = 500
    """Connections for them in one process; a browser that gets none asks again and again."""

    @property
    def may_see(self) -> Rule | None:
        return _rule("MAY_SEE", self.MAY_SEE)

    @property
    def may_retry(self) -> Rule | None:
        return _rule("MAY_RETRY", self.MAY_RETRY)


def live_settings() -> LiveSettings:
    """The options in force. Raises :class:`~django.core.exceptions.ImproperlyConfigured`."""
    configured: Any = getattr(settings, "UNIVERSAL_AI_LIVE", {})
    if not isinstance(configured, dict):
        raise ImproperlyConfigured(f"{NAME} must be a dictionary.")
    defaults = asdict(LiveSettings())
    refuse_unknown(configured, set(defaults), NAME)
    for name, value in configured.items():
        _check(name, value, defaults[name])
    return LiveSettings(**configured)


def _check(name: str, value: Any, default: Any) -> None:
    if default is None:
        if value is not None and not isinstance(value, str):
            raise _wrong(name, "must be the dotted path of a function (request, job) -> bool")
    elif isinstance(default, bool):
        if not isinstance(value, bool):
            raise _wrong(name, "must be True or False")
    elif type(value) is not int or value < 1:
        raise _wrong(name, "must be a positive whole number")


def _rule(name: str, path: str | None) -> Rule | None:
    if path is None:
        return None
    try:
        found: Any = import_string(path)
    except ImportError as error:
        raise _wrong(name, f"can't be imported: {error}") from error
    if not callable(found):
        raise _wrong(name, f"must name a function (request, job) -> bool; {path!r} is none")
    rule: Rule = found
    return rule


def _wrong(name: str, what: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{NAME}[{name!r}] {what}.")
