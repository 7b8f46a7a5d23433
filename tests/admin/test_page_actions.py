"""Buttons on the page of a job, on every Django."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.admin import options
from django.http import HttpRequest
from django.test import Client

from django_universal_ai.admin.page_actions import LOCATIONS
from tests.rows import make_job

from .conftest import press, url_of


def test_each_action_is_a_button_under_its_short_name(root: Client) -> None:
    html = root.get(url_of(make_job("pending"))).content.decode()
    assert '<button type="submit" name="CHANGE_FORM-action" value="refresh"' in html
    assert ">Refresh</button>" in html
    assert ">Resubmit…</button>" in html
    assert 'name="CHANGE_FORM-select_across"' not in html


def test_the_list_names_them_in_the_plural(root: Client) -> None:
    make_job("pending")
    html = root.get("/admin/universal_ai/universalaijob/").content.decode()
    assert '<option value="refresh">Refresh selected jobs</option>' in html
    assert '<option value="resubmit">Resubmit selected jobs…</option>' in html


def test_an_action_that_does_not_exist_does_nothing(root: Client) -> None:
    assert press(root, make_job("pending"), "delete_everything").status_code in (200, 403)


@pytest.fixture
def host_action() -> Iterator[list[str]]:
    """An action of the host project for the pages of all models."""
    done: list[str] = []

    def stamp(model_admin: object, request: HttpRequest, queryset: object) -> None:
        done.append(str(request.path))

    stamp.short_description = "Stamp %(verbose_name)s"  # type: ignore[attr-defined]
    stamp.locations = [options.ActionLocation.CHANGE_FORM]  # type: ignore[attr-defined]
    admin.site.add_action(stamp)
    yield done
    admin.site._actions.pop("stamp")
    admin.site._global_actions.pop("stamp")


@pytest.mark.skipif(not LOCATIONS, reason="Django has change-form actions from 6.1 on")
def test_actions_of_the_host_are_buttons_too(root: Client, host_action: list[str]) -> None:
    job = make_job("pending")
    assert ">Stamp job</button>" in root.get(url_of(job)).content.decode()
    press(root, job, "stamp")
    assert host_action == [url_of(job)]
