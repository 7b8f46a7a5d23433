"""Settings of a site whose admin is django-unfold's; without it they are those of the others."""

from __future__ import annotations

from importlib.util import find_spec

from tests.settings import *  # noqa: F403 - a variant of theirs
from tests.settings import INSTALLED_APPS as USUAL

if find_spec("unfold"):
    # The app whose admin module does what docs/howto/unfold.md says.
    INSTALLED_APPS = ["unfold", *USUAL, "tests.unfold.desk"]
