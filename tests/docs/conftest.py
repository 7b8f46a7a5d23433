from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .pages import files_of
from .project import Project

#: Both in one process: starting one takes longer.
MIGRATE = """
from django.core.management import call_command
call_command("makemigrations", "scans")
call_command("migrate", verbosity=0)
"""


@pytest.fixture(scope="session")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a reader who followed the quickstart, the tables made."""
    made = Project.start(tmp_path_factory.mktemp("quickstart"), "scans")
    for name, text in files_of("quickstart").items():
        made.add(name, text)
    made.manage("shell", "-c", MIGRATE)
    return made.folder


@pytest.fixture(scope="session")
def tutorial(quickstart: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same folder after the tutorial, which goes on from there."""
    folder = tmp_path_factory.mktemp("tutorial")
    made = Project(shutil.copytree(quickstart, folder, dirs_exist_ok=True))
    for name, text in files_of("tutorial").items():
        made.add(name, text)
    made.manage("shell", "-c", MIGRATE)
    return folder
