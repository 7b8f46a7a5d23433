"""Sphinx configuration: `make docs`."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import sys
from pathlib import Path

import django
from django.conf import settings

# autodoc imports models, so it needs a project: the smallest there is.
APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.admin",
    "django_universal_ai",
    "django_universal_ai.gateway",
]
settings.configure(
    INSTALLED_APPS=[name for name in APPS if importlib.util.find_spec(name)],
    SECRET_KEY="the documentation has no secrets",  # noqa: S106 - never serves a request
    USE_TZ=True,
)
django.setup()

project = "django-universal-ai"
author = "django-universal-ai contributors"
copyright = f"2026, {author}"
release = importlib.metadata.version(project)
version = release

sys.path.insert(0, str(Path(__file__).parent))  # for llms.py

extensions = [
    "llms",
    "myst_parser",
    "sphinx.ext.autodoc",
]
exclude_patterns = ["_build", "examples"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "show-inheritance": True}
autodoc_member_order = "bysource"
autodoc_typehints = "description"

llms_summary = (
    "Long-running AI jobs for Django: a view asks for one and goes on, a worker sends it, watches "
    "it and stores the result, a signal tells how it ended. Never paid twice, never lost."
)

html_theme = "furo"
html_title = f"{project} {release}"
