from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_universal_ai.models import UniversalAIFile, UniversalAIJob
from example_project.documents.models import Document

from .brought import bring, fail

pytestmark = pytest.mark.django_db


class TestWhoSeesWhat:
    def test_the_same_browser(self, client: Client) -> None:
        document = bring(client)
        assert client.get(document.get_absolute_url()).status_code == 200
        assert "scan.pdf" in client.get("/").content.decode()

    def test_another_browser_sees_nothing(self, client: Client) -> None:
        url = bring(client).get_absolute_url()
        other = Client()
        for address in (url, f"{url}original/", f"{url}pages/1/"):
            assert other.get(address).status_code == 404
        assert other.post(f"{url}retry/").status_code == 404
        assert "scan.pdf" not in other.get("/").content.decode()

    def test_a_user_sees_her_own_everywhere_and_nobody_elses(self, client: Client) -> None:
        ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        client.force_login(ann)
        url = bring(client).get_absolute_url()
        assert Document.objects.get().owner == ann
        for user, status in ((ann, 200), (ben, 404)):
            elsewhere = Client()
            elsewhere.force_login(user)
            assert elsewhere.get(url).status_code == status

    def test_what_is_public_is_for_everybody(self, client: Client) -> None:
        url = bring(client).get_absolute_url()
        Document.objects.update(is_public=True)
        assert Client().get(url).status_code == 200

    def test_but_only_who_brought_it_may_spend_something_on_it(self, client: Client) -> None:
        document = bring(client)
        fail(document)
        Document.objects.update(is_public=True)
        url = document.get_absolute_url()
        assert "Try again" in client.get(url).content.decode()
        assert "Try again" not in Client().get(url).content.decode()
        assert Client().post(f"{url}retry/").status_code == 404
        assert document.jobs.count() == 1


class TestLoggingIn:
    def test_it_makes_what_was_brought_before_the_accounts(self, client: Client) -> None:
        url = bring(client).get_absolute_url()
        ann = User.objects.create_user("ann")
        client.force_login(ann)
        assert Document.objects.get().owner == ann
        assert UniversalAIJob.objects.get().owner == ann
        assert UniversalAIFile.objects.get().owner == ann
        elsewhere = Client()
        elsewhere.force_login(ann)
        assert elsewhere.get(url).status_code == 200

    def test_whoever_uses_the_browser_next_sees_nothing_of_it(self, client: Client) -> None:
        url = bring(client).get_absolute_url()
        for name in ("ann", "ben"):
            client.force_login(User.objects.create_user(name))
        assert client.get(url).status_code == 404
        client.logout()
        assert client.get(url).status_code == 404

    def test_nobody_elses_documents_are_taken(self, client: Client) -> None:
        other = Client()
        url = bring(other).get_absolute_url()
        bring(client)
        client.force_login(User.objects.create_user("ann"))
        assert other.get(url).status_code == 200
        assert client.get(url).status_code == 404
