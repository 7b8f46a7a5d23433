from __future__ import annotations

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from django_universal_ai.gateway import tokens
from django_universal_ai.gateway.models import Token

from .client import UPLOAD, Api

LIST = "/admin/universal_ai_gateway/token/"
TOKEN = re.compile(r"uai_[\w-]{43}")


@pytest.fixture
def staff(admin_client: Client, admin_user: User) -> Client:
    return admin_client


def add(staff: Client, owner: User, **fields: str) -> str:
    """The page that follows the form."""
    response = staff.post(f"{LIST}add/", {"owner": owner.pk, "name": "backup", **fields})
    assert response.status_code == 200, response
    assert response["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    return str(response.content.decode())


def test_a_new_token_is_shown_once(staff: Client, ann: User) -> None:
    page = add(staff, ann)
    (plain,) = set(TOKEN.findall(page))
    assert Api(Client(), plain).get(UPLOAD).status == 200
    token = Token.objects.get()
    assert (token.owner, token.name, token.hash) == (ann, "backup", tokens.digest(plain))
    for path in (LIST, f"{LIST}{token.pk}/change/", f"{LIST}{token.pk}/history/", "/admin/"):
        page = staff.get(path).content.decode()
        assert not TOKEN.findall(page)
        assert token.hash not in page
    assert plain not in str(LogEntry.objects.values())


def test_whoever_makes_a_token_is_its_first_guess(staff: Client, admin_user: User) -> None:
    page = staff.get(f"{LIST}add/").content.decode()
    assert re.search(rf'name="owner" value="{admin_user.pk}"', page)


def test_a_token_of_the_sandbox_with_an_end(staff: Client, ann: User) -> None:
    add(staff, ann, sandbox="on", expires_at_0="2999-01-01", expires_at_1="00:00")
    token = Token.objects.get()
    assert token.sandbox
    assert token.expires_at
    assert token.is_valid


def test_a_wrong_form_makes_no_token(staff: Client) -> None:
    response = staff.post(f"{LIST}add/", {"owner": 0})
    assert "errorlist" in response.content.decode()
    assert not Token.objects.exists()


def test_what_a_token_opens_cannot_be_changed(staff: Client, ann: User, bob: User) -> None:
    tokens.create(ann)
    token = Token.objects.get()
    change = {"owner": bob.pk, "sandbox": "on", "name": "other", "prefix": "x"}
    assert staff.post(f"{LIST}{token.pk}/change/", change).status_code == 302
    after = Token.objects.get()
    assert (after.owner, after.sandbox, after.name) == (ann, False, "other")
    assert (after.hash, after.prefix) == (token.hash, token.prefix)


def revoke(client: Client, *chosen: Token) -> str:
    data = {"action": "revoke", "_selected_action": [token.pk for token in chosen]}
    response = client.post(LIST, data, follow=True)
    return str(response.content.decode())


def test_tokens_are_revoked(staff: Client, ann: User) -> None:
    plain = tokens.create(ann, name="one")
    tokens.create(ann, name="two")
    over = Token.objects.get(name="two")
    tokens.revoke(over)
    page = revoke(staff, *Token.objects.all())
    assert "1 token was revoked." in page
    assert Api(Client(), plain).get(UPLOAD).status == 401
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.change_message) == (
        str(Token.objects.get(name="one").pk),
        "Revoked.",
    )
    revoked_at = Token.objects.get(name="two").revoked_at
    assert revoked_at
    assert revoked_at <= timezone.now()


def test_who_may_only_look_revokes_nothing(ann: User) -> None:
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_token"))
    tokens.create(ann)
    client = Client()
    client.force_login(viewer)
    assert client.get(LIST).status_code == 200
    revoke(client, Token.objects.get())
    assert Token.objects.get().revoked_at is None
    assert client.get(f"{LIST}add/").status_code == 403
