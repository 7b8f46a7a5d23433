"""Pictures and videos inside of outputs."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client

from django_universal_ai.models import UniversalAIJob
from tests.rows import make_job

from .conftest import LIST, Person, url_of

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 3000
TEXT = base64.b64encode(PNG).decode()


def image(output: Any, subfeature: str = "generation") -> UniversalAIJob:
    return make_job("success", feature="image", subfeature=subfeature, output=output)


def address(job: UniversalAIJob) -> str:
    return f"{LIST}{job.pk}/embedded/"


@pytest.mark.parametrize("text", [TEXT, f"data:image/png;base64,{TEXT}"])
def test_a_picture_in_the_output_is_shown(root: Client, text: str) -> None:
    job = image({"image": text, "image_resource_url": "https://files.example/a.png"})
    html = root.get(url_of(job)).content.decode()
    assert f'<img src="{address(job)}" alt="image.png"' in html
    response: Any = root.get(address(job))
    assert b"".join(response) == PNG
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    part: Any = root.get(address(job), headers={"range": "bytes=0-3"})
    assert (part.status_code, b"".join(part)) == (206, PNG[:4])


@pytest.mark.parametrize(
    "output",
    [
        None,
        ["odd"],
        {"image": None},
        {"image": 5},
        {"image": {"deep": TEXT}},
        {"image": "no base64!"},
        {"image": base64.b64encode(b"<script>alert(1)</script>").decode()},
        {"image": base64.b64encode(b"<svg onload='alert(1)'/>").decode()},
        {"other": TEXT},
    ],
)
def test_anything_else_is_not(root: Client, output: Any) -> None:
    job = image(output)
    assert "/embedded/" not in root.get(url_of(job)).content.decode()
    assert root.get(address(job)).status_code == 404


def test_only_of_features_that_are_known_to_hold_one(root: Client) -> None:
    job = image({"image": TEXT}, "explicit_content")
    assert "/embedded/" not in root.get(url_of(job)).content.decode()
    assert root.get(address(job)).status_code == 404


def test_it_is_for_those_who_may_see_the_job(viewer: Client, person: Person) -> None:
    job = image({"image": TEXT})
    assert b"".join(viewer.get(address(job))) == PNG
    assert person().get(address(job)).status_code == 403
