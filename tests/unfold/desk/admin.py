"""What docs/howto/unfold.md has its readers write."""

from __future__ import annotations

from tests.docs.pages import files_of

exec(files_of("howto/unfold")["desk/admin.py"])  # noqa: S102 - from our own page
