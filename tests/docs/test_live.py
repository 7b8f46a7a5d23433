"""The snippets of the page on live status, run."""

from __future__ import annotations

import re
import sys
import types
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core import mail
from django.template import Context, Template
from django.test import Client, RequestFactory
from pytest_django import Settings

from django_universal_ai.live.checks import check_live
from tests.rows import change, make_job

from .pages import DOCS, blocks, files_of, python_of, read, rows, section, ticked

pytestmark = pytest.mark.django_db


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Any:
    """The rules of the page, as the settings of the page name them."""
    page = files_of("howto/live")
    module: Any = types.ModuleType("orders.rules")
    exec(page["orders/rules.py"], vars(module))  # noqa: S102 - from our own pages
    monkeypatch.setitem(sys.modules, "orders", types.ModuleType("orders"))
    monkeypatch.setitem(sys.modules, "orders.rules", module)
    names: dict[str, Any] = {}
    exec(page["settings.py"], names)  # noqa: S102 - from our own pages
    settings.UNIVERSAL_AI_LIVE = names["UNIVERSAL_AI_LIVE"]
    return module


def test_the_rules_decide(rules: Any) -> None:
    assert check_live() == []
    order = SimpleNamespace(customer=7)
    visitor = SimpleNamespace(session={"customer": 7}, user=AnonymousUser())
    assert rules.may_see(visitor, SimpleNamespace(content_object=order))
    assert not rules.may_see(visitor, SimpleNamespace(content_object=None))
    assert not rules.may_retry(visitor, make_job("fail"))
    member = SimpleNamespace(user=User(username="ada"))
    job = make_job("fail")
    assert rules.may_retry(member, job)
    make_job("pending", parent=job)
    assert not rules.may_retry(member, job)


def test_the_tag_shows_a_job() -> None:
    ada = User.objects.create_user("ada")
    request = RequestFactory().get("/")
    request.user = ada
    (tag,) = [block.text for block in _html() if "universal_ai_status" in block.text]
    job = make_job("processing", owner=ada)
    shown = Template(tag).render(Context({"request": request, "job": job}))
    assert "Working on it" in shown


def test_the_link_goes_out_by_mail(client: Client) -> None:
    (code,) = [text for text in python_of("howto/live") if "send_mail" in text]
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - from our own pages
    names["tell"](make_job("processing"), "ada@example.com")
    link = str(mail.outbox[0].body).split()[-1]
    assert client.get(link.removeprefix("https://shop.example")).status_code == 200


def test_a_template_of_the_hosts_own_shows_pages() -> None:
    (template,) = [block.text for block in _html() if "job.result.pages" in block.text]
    lines = [{"text": "Dear <Ada>", "words": [], "bounding_box": {}, "confidence": 1}]
    output = {"raw_text": "x", "number_of_pages": 1, "pages": [{"lines": lines}]}
    job = make_job("success", feature="ocr", subfeature="ocr_async")
    shown = Template(template).render(Context({"job": change(job, output=output)}))
    assert "Dear &lt;Ada&gt;" in shown


def test_templates_and_variables_exist() -> None:
    table = section(read("howto/live"), "Making it yours")
    folder = DOCS.parent / "django_universal_ai"
    for row in rows(table):
        name = ticked(row[0])[0]
        assert "<" in name or (folder / "templates" / name).is_file()
    told = set(re.findall(r"`(--uai-[a-z-]+)`", table))
    css = (folder / "static" / "universal_ai" / "live.css").read_text(encoding="utf-8")
    assert told == set(re.findall(r"var\((--uai-[a-z-]+)", css))


def _html() -> list[Any]:
    return [block for block in blocks(DOCS / "howto/live.md") if "{%" in block.text]
