"""Every page of the admin: axe-core finds nothing, in light and dark, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.urls import reverse

from django_universal_ai.gateway.models import DailyUsage
from django_universal_ai.gateway.outgoing import keys
from django_universal_ai.models import Account, Price
from tests.accessibility import violations
from tests.management.owners import fill

from .conftest import PHONE, Open

# Some thirty pages, each judged: on a busy machine that takes longer than a test may.
pytestmark = [
    pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(400),
]  # fmt: skip


def addresses(user: User) -> Iterator[str]:
    """Lists, forms and the pages of single rows, of both apps."""
    request = RequestFactory().get("/")
    request.user = user
    for model, model_admin in admin.site._registry.items():
        label, name = model._meta.app_label, model._meta.model_name
        if not label.startswith("universal_ai"):
            continue
        yield reverse(f"admin:{label}_{name}_changelist")
        if model_admin.has_add_permission(request):
            yield reverse(f"admin:{label}_{name}_add")
        row = model._default_manager.first()
        assert row, f"There is no {name} to look at."
        yield reverse(f"admin:{label}_{name}_change", args=[row.pk])
    yield reverse("admin:app_list", args=["universal_ai"])
    yield reverse("admin:universal_ai_universalaijob_dashboard")


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": PHONE}],
    ids=["light", "dark", "phone"],
)
def test_keeps_nobody_out(open_page: Open, options: dict[str, Any]) -> None:
    fill(User.objects.create_user("ann"))
    Account.objects.create(name="default")
    Price.objects.create(name="x", unit="page", amount=1)
    DailyUsage.objects.update(feature="ocr", subfeature="ocr", provider="google")
    keys.rotate()
    page = open_page("/admin/universal_ai/", **options)
    found = []
    for address in addresses(User.objects.get(username="root")):
        page.goto(address)
        found += violations(page)
    assert "\n".join(found) == ""
