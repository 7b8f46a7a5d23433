"""What the desk has to be on django-unfold's site, besides all that ``tests/admin`` asks for."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client, RequestFactory

from django_universal_ai.admin import UniversalAIJobAdmin
from django_universal_ai.models import UniversalAIJob
from tests.admin.conftest import LIST, person, root, select, url_of, viewer
from tests.docs.pages import python_of
from tests.marks import unfold
from tests.rows import make_job

__all__ = ["person", "root", "viewer"]  # fixtures

pytestmark = [unfold, pytest.mark.django_db]

#: What stands in for each model of ours.
OURS = {
    model: admin.site.get_model_admin(model)
    for app in ("universal_ai", "universal_ai_gateway")
    for model in apps.get_app_config(app).get_models()
    if admin.site.is_registered(model)
}


def bases(model_admin: Any) -> set[str]:
    return {base.__module__.partition(".")[0] for base in type(model_admin).__mro__}


def test_every_model_of_ours_is_registered_with_both_looks() -> None:
    assert len(OURS) >= 10
    for model_admin in OURS.values():
        assert {"unfold", "django_universal_ai"} <= bases(model_admin)
        assert model_admin.check() == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.model_name)
def test_every_list_opens_in_unfolds_frame(root: Client, model: Any) -> None:
    app, name = model._meta.app_label, model._meta.model_name
    page = root.get(f"/admin/{app}/{name}/")
    assert page.status_code == 200
    words = page.content.decode()
    assert "universal_ai/admin.css" in words
    # After unfold's own, for whichever comes last wins.
    assert words.index("unfold/css/styles.css") < words.index("universal_ai/unfold.css")


def test_the_list_of_jobs_is_both_theirs_and_ours(root: Client) -> None:
    from unfold.views import ChangeList

    request: Any = RequestFactory().get("/")
    kind = OURS[UniversalAIJob].get_changelist(request)
    assert issubclass(kind, ChangeList)
    make_job("success")
    page = root.get(f"{LIST}?status__exact=success").content.decode()
    for part in ("uai-totals", "uai-export", "toplinks", "uai-search-hint", "changelist-filter"):
        assert part in page


def test_the_page_of_a_job_has_our_story_and_their_foot(root: Client) -> None:
    page = root.get(url_of(make_job("success", output={"text": "Hello"}))).content.decode()
    for part in ('id="timeline"', 'id="answer"', 'value="refresh"', 'id="submit-row"'):
        assert part in page


def test_the_title_that_unfold_leaves_out_is_on_the_page(root: Client) -> None:
    job = make_job("fail")
    page = select(root, [job], "resubmit").content.decode()
    assert '<h2 class="uai-title">Resubmit?</h2>' in page
    assert '<h2 class="uai-title">Dashboard</h2>' in root.get(f"{LIST}dashboard/").content.decode()


def test_one_class_is_changed_as_the_page_says(root: Client) -> None:
    names: dict[str, Any] = {"__name__": __name__}
    before = type(OURS[UniversalAIJob])
    try:
        exec(python_of("howto/unfold")[0], names)  # noqa: S102 - from our own page
        changed = admin.site.get_model_admin(UniversalAIJob)
        assert isinstance(changed, UniversalAIJobAdmin)
        assert type(changed) is names["JobAdmin"]
        assert changed.check() == []
        make_job("success")
        assert root.get(LIST).status_code == 200
    finally:
        admin.site.unregister(UniversalAIJob)
        admin.site.register(UniversalAIJob, before)
