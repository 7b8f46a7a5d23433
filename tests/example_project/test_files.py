from __future__ import annotations

import pytest
from django.test import Client

from django_universal_ai.models import UniversalAIFile

from .brought import bring, upload
from .conftest import SAMPLES

pytestmark = pytest.mark.django_db


class TestOriginal:
    def test_it_comes_under_the_type_that_its_bytes_tell(self, client: Client) -> None:
        answer = client.get(f"{bring(client).get_absolute_url()}original/")
        assert answer["Content-Type"] == "application/pdf"
        assert b"".join(answer) == (SAMPLES / "scan.pdf").read_bytes()

    def test_a_player_gets_the_part_it_asks_for(self, client: Client) -> None:
        url = f"{bring(client, upload('speech.wav')).get_absolute_url()}original/"
        answer = client.get(url, headers={"Range": "bytes=100-199"})
        assert answer.status_code == 206
        assert b"".join(answer) == (SAMPLES / "speech.wav").read_bytes()[100:200]

    def test_what_the_bytes_do_not_tell_is_only_downloaded(self, client: Client) -> None:
        document = bring(client)
        file = UniversalAIFile.objects.get()
        with file.file.storage.open(str(file.file.name), "wb") as stored:
            stored.write(b"<script>alert(1)</script>")
        answer = client.get(f"{document.get_absolute_url()}original/")
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")
        answer.close()

    def test_it_may_be_gone(self, client: Client) -> None:
        document = bring(client)
        UniversalAIFile.objects.get().file.delete(save=True)
        url = document.get_absolute_url()
        assert client.get(f"{url}original/").status_code == 404
        assert client.get(f"{url}pages/1/").status_code == 404
        assert client.get(url).status_code == 200


class TestPages:
    def test_they_come_as_pictures(self, client: Client) -> None:
        answer = client.get(f"{bring(client).get_absolute_url()}pages/2/")
        assert answer["Content-Type"] == "image/webp"
        assert answer.content[8:12] == b"WEBP"

    @pytest.mark.parametrize("number", [0, 3])
    def test_there_are_as_many_as_there_are(self, client: Client, number: int) -> None:
        url = f"{bring(client).get_absolute_url()}pages/{number}/"
        assert client.get(url).status_code == 404

    def test_another_browser_gets_none_also_when_they_are_made(self, client: Client) -> None:
        url = f"{bring(client).get_absolute_url()}pages/1/"
        assert client.get(url).status_code == 200
        assert Client().get(url).status_code == 404
