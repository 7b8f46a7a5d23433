"""The quickstart, followed to the letter, and the pages that go on from it."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from .pages import ROOT, files_of, read
from .project import Project

SCAN = ROOT / "example_project" / "samples" / "scan.pdf"

#: A visitor who brings the scan.
POST = """
from django.test import Client
with open("{scan}", "rb") as scan:
    answer = Client(SERVER_NAME="localhost").post("/", {{"file": scan}})
assert answer.status_code == 302, answer.content
"""


@pytest.fixture
def project(quickstart: Path, tmp_path: Path) -> Project:
    """A copy of what the quickstart made, to be changed."""
    return Project(shutil.copytree(quickstart, tmp_path, dirs_exist_ok=True))


def test_its_commands_are_the_ones_that_are_tested() -> None:
    commands = re.findall(r"^\$ (.+)$", read("quickstart"), re.M)
    assert "django-admin startproject mysite ." in commands
    assert "python manage.py startapp scans" in commands
    assert "python manage.py makemigrations scans" in commands


def test_nothing_is_wrong_with_its_settings(project: Project) -> None:
    assert "no issues" in project.manage("check", "--database", "default")
    assert "LOOK" not in project.manage("universal_ai", "doctor")


def test_the_tests_of_the_page_on_testing_pass(project: Project) -> None:
    page = files_of("howto/testing")
    project.add("scans/tests.py", page["scans/tests.py"])
    assert "Ran 2 tests" in project.manage("test")
    project.add("scans/test_views.py", page["scans/test_views.py"])
    project.add("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = mysite.settings\n")
    assert "1 passed" in project.run("-m", "pytest", "-q", "scans/test_views.py")


def test_a_client_is_tested_as_the_page_says(project: Project) -> None:
    pytest.importorskip("ninja", reason="the extra [gateway] is not installed")
    project.add("test_client.py", files_of("howto/testing")["test_client.py"])
    project.add("mysite/settings.py", 'INSTALLED_APPS += ["django_universal_ai.gateway"]\n')
    project.add("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = mysite.settings\n")
    assert "1 passed" in project.run("-m", "pytest", "-q", "test_client.py")


def test_the_provider_of_the_how_to_is_found_and_runs(project: Project) -> None:
    page = files_of("howto/provider")
    project.add("shouting.py", page["shouting.py"])
    # What `pip install .` leaves behind of the pyproject.toml.
    group = '[project.entry-points."django_universal_ai.providers"]\n'
    entry = page["pyproject.toml"].split(group)[1]
    project.add("shouting-1.0.dist-info/METADATA", "Name: shouting\nVersion: 1.0\n")
    project.add(
        "shouting-1.0.dist-info/entry_points.txt",
        f"[django_universal_ai.providers]\n{entry.replace(chr(34), '')}",
    )
    command = re.search(r"\$ python manage\.py (universal_ai submit .+)", read("howto/provider"))
    assert command
    said = project.manage(*command[1].split(), "--json")
    assert json.loads(said.splitlines()[0])["output"] == {"text": "HELLO"}


@pytest.mark.slow
def test_a_scan_is_read(project: Project) -> None:
    """As a visitor brings it, by the real provider; ``run --once`` stands in for the worker."""
    pytest.importorskip("rapidocr", reason="the extra [ocr] is not installed")
    project.manage("shell", "-c", POST.format(scan=SCAN))
    project.manage("universal_ai", "run", "--once")
    text = project.manage("shell", "-c", "print(Scan.objects.get().text)")
    assert "Lantern Street Library" in text
