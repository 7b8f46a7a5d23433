"""The tutorial, followed to the letter after the quickstart."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from .pages import ROOT, read
from .project import Project

SCAN = ROOT / "example_project" / "samples" / "scan.pdf"

#: A visitor who logs in, brings the scan and asks what the page's script asks.
VISIT = """
import re
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.create_user("ada"))
with open("{scan}", "rb") as scan:
    page = client.post("/", {{"file": scan}}, follow=True).content.decode()
call_command("universal_ai", "run", "--once")
[source] = re.findall('data-src="(.+?)"', page)
print(client.get(source).content.decode())
"""


@pytest.fixture
def project(tutorial: Path, tmp_path: Path) -> Project:
    """A copy of what the tutorial made, to be changed."""
    return Project(shutil.copytree(tutorial, tmp_path, dirs_exist_ok=True))


def test_its_commands_are_the_ones_that_are_tested() -> None:
    commands = set(re.findall(r"^\$ (.+)$", read("tutorial"), re.M))
    known = set(re.findall(r"^\$ (.+)$", read("quickstart"), re.M))
    assert commands - known == {"python manage.py test"}


def test_nothing_is_wrong_with_its_settings(project: Project) -> None:
    assert "no issues" in project.manage("check", "--database", "default")
    assert "No changes" in project.manage("makemigrations", "--check", "--dry-run")


def test_its_tests_pass(project: Project) -> None:
    said = project.manage("test")
    assert "Ran 3 tests" in said
    assert "OK" in said


@pytest.mark.slow
def test_the_live_page_shows_what_was_read(project: Project) -> None:
    """By the real provider; ``run --once`` stands in for the worker."""
    pytest.importorskip("rapidocr", reason="the extra [ocr] is not installed")
    assert "Lantern Street Library" in project.manage("shell", "-c", VISIT.format(scan=SCAN))
