"""The recipes, all in one project that went through the tutorial; each page ends with its test."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
from pathlib import Path

import pytest
from django.core.management import call_command

from .pages import DOCS, files_of, read
from .project import Project

#: What each recipe is about, by page.
LIBRARIES = {
    "rest-framework": "rest_framework",
    "ninja": "ninja",
    "htmx": "django_htmx",
    "channels": "channels",
    "wagtail": "wagtail",
    "django-tasks": "django.tasks",
    "cron": "django",
}


def is_there(library: str) -> bool:
    if library == "django.tasks" and not importlib.util.find_spec(library):
        library = "django_tasks"
    return importlib.util.find_spec(library) is not None


def test_each_recipe_is_known() -> None:
    pages = {path.stem for path in (DOCS / "recipes").glob("*.md")}
    assert pages == {*LIBRARIES, "index"}


@pytest.mark.parametrize("page", LIBRARIES)
def test_its_library_is_installed(page: str) -> None:
    """A recipe without its library isn't tried below, and this says so."""
    if not is_there(LIBRARIES[page]):
        pytest.skip(f"{LIBRARIES[page]} is not installed: the recipe {page} is not tried")


@pytest.mark.slow
@pytest.mark.timeout(400)  # with what the fixture has to do first
def test_the_tests_of_all_pages_pass(tutorial: Path, tmp_path: Path) -> None:
    project = Project(shutil.copytree(tutorial, tmp_path, dirs_exist_ok=True))
    tried = [page for page, library in LIBRARIES.items() if is_there(library)]
    project.start_app("reading")
    tests = {}
    for page in tried:
        for block in files_of(f"recipes/{page}").items():
            project.add(*block)
        tests[page] = "".join(files_of(f"recipes/{page}").values()).count("def test_")
    if "wagtail" in tried:
        project.manage("makemigrations", "reading")
    said = project.manage("test")
    assert "OK" in said
    assert f"Ran {sum(tests.values()) + 3} tests" in said  # the tutorial has three
    assert [page for page, number in tests.items() if not number] == ["cron"]


def test_lines_for_cron_and_systemd_are_commands() -> None:
    page = files_of("recipes/cron")
    lines = [line.split(maxsplit=5) for line in page["crontab"].splitlines()]
    commands = [line[5].rpartition("manage.py ")[2] for line in lines]
    commands += re.findall(r"ExecStart=.+ manage\.py (.+)", page["universal-ai.service"])
    assert len(commands) == 3
    for command in commands:
        with pytest.raises(SystemExit, match="0"):
            call_command(*shlex.split(command)[:2], "--help")


@pytest.mark.django_db
def test_cron_moves_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    command = re.search(r"manage\.py (universal_ai run --once)", read("recipes/cron"))
    assert command
    call_command(*command[1].split())
    assert "steps" in capsys.readouterr().out
