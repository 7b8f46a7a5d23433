"""How a job stands, shown to the people who wait for it, on the host's own pages.

``{% load universal_ai %}{% universal_ai_status job %}`` is all that a page needs. See
``docs/howto/live.md``.
"""

from __future__ import annotations

from .links import link_to

__all__ = ["link_to"]
