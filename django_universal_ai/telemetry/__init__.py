"""Traces and metrics by OpenTelemetry, where the extra ``[otel]`` is installed.

Only its API is called here. A project that configures no SDK gets its empty spans, and one without
the extra not even those.
"""

from __future__ import annotations

try:
    from .meters import count_request, install
    from .spans import headers, span, traceparent, within
except (ImportError, TypeError):  # no extra [otel], or an API older than it asks for
    from .silence import count_request, headers, install, span, traceparent, within

__all__ = ["count_request", "headers", "install", "span", "traceparent", "within"]
