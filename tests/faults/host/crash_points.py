"""What the test and the worker agree on, without Django."""

from __future__ import annotations

VARIABLE = "UNIVERSAL_AI_TEST_CRASH_AT"
