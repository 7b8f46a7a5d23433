"""A real browser on django-unfold's site."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.admin.browser.conftest import open_page

__all__ = ["open_page"]


@pytest.fixture
def judged() -> Sequence[str]:
    """Our parts alone: unfold's head, menu, search, filters and pages are its own to mend."""
    return (
        ".uai-notice", ".uai-totals", ".uai-export", ".uai-search-hint", ".uai-badge", ".uai-tool",
        ".uai-actions", ".uai-job", ".uai-confirmation #content", ".uai-dashboard #content",
        ".uai-dashboard-link", "#id_allowed_features",
    )  # fmt: skip
