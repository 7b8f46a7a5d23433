"""The catalogues, and a fresh one made of the source."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

import django_universal_ai

PACKAGE = Path(django_universal_ai.__file__).parent
LOCALE = PACKAGE / "locale"
LANGUAGES = ("de", "es", "fr", "pt_BR", "zh_Hans")
TOOLS = ("xgettext", "msgmerge", "msguniq", "msgattrib")


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> polib.POFile:
    """All that is marked now. Skips loudly without GNU gettext, fails in CI."""
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up(f"No {', '.join(missing)}: catalogues weren't compared with the source.")
    copy = tmp_path_factory.mktemp("source") / PACKAGE.name
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("locale", "*.pyc"))
    (copy / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "--locale", "de", "--keep-pot"]
    others = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    subprocess.run(command, cwd=copy, env=others, check=True, capture_output=True, timeout=60)
    return polib.pofile(str(copy / "locale" / "django.pot"))


@pytest.fixture(params=LANGUAGES)
def catalogue(request: pytest.FixtureRequest) -> polib.POFile:
    """A language's words."""
    language: str = request.param
    return polib.pofile(str(LOCALE / language / "LC_MESSAGES" / "django.po"))
