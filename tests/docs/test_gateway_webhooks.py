"""The documented checks of signatures, against a delivery that was really signed and sent."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from django_universal_ai.gateway.outgoing import keys
from tests.gateway.outgoing.conftest import _threads_of_its_own, delivery_to, move
from tests.loopback import Heard, loopback
from tests.services import give_up

from .pages import DOCS, blocks, files_of

pytest.importorskip("cryptography", reason="the extra [webhooks] is not installed")

__all__ = ["_threads_of_its_own"]

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "howto/gateway-webhooks"
#: Numbers and letters that languages write in ways of their own.
OUTPUT = {"score": 1.0, "tiny": 1e-7, "huge": 1e22, "whole": 2**53 + 1, "text": "naïve ✓ </b>"}
IsGenuine = Callable[[bytes, str, str], bool]

NODE = """
import { isGenuine } from "./genuine.mjs";
const [body, signature, keys] = JSON.parse(process.argv[2]);
console.log(isGenuine(Buffer.from(body, "base64"), signature, keys));
"""


@pytest.fixture
def delivered(settings: Settings) -> Heard:
    """A webhook as it arrived."""
    settings.UNIVERSAL_AI_OUTWARD = {"TRUSTED": ["127.0.0.0/8"]}
    with loopback() as receiver:
        delivery_to(receiver.url, output=OUTPUT, user_webhook_parameters={"b": 1, "a": [1.5]})
        move()
    return receiver.heard[0]


@pytest.fixture
def served(settings: Settings) -> str:
    settings.ROOT_URLCONF = "tests.gateway.urls"
    return Client().get("/v3/webhooks/public-key").content.decode()


@pytest.fixture(params=["python", "javascript"])
def is_genuine(request: pytest.FixtureRequest, tmp_path: Path) -> IsGenuine:
    """The documented function, in a language."""
    files = files_of(PAGE)
    if request.param == "python":
        names: dict[str, IsGenuine] = {}
        exec(compile(files["genuine.py"], "genuine.py", "exec"), names)  # noqa: S102 - our page
        return names["is_genuine"]
    node = shutil.which("node")
    if node is None:
        give_up("node is not installed: the documented JavaScript isn't checked.")
    (tmp_path / "genuine.mjs").write_text(files["genuine.mjs"])
    (tmp_path / "call.mjs").write_text(NODE)

    def ask(body: bytes, signature: str, public_keys: str) -> bool:
        told = json.dumps([base64.b64encode(body).decode(), signature, public_keys])
        done = subprocess.run(
            [str(node), "call.mjs", told],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return {"true": True, "false": False}[done.stdout.strip()]

    return ask


def test_a_delivery_is_genuine_and_nothing_else_is(
    delivered: Heard, is_genuine: IsGenuine, served: str
) -> None:
    signature = delivered.headers["x-edenai-signature"]
    assert is_genuine(delivered.body, signature, served)
    assert not is_genuine(delivered.body.replace(b"success", b"fail"), signature, served)
    assert not is_genuine(delivered.body, signature[:-2] + "00", served)
    assert not is_genuine(delivered.body, "", served)
    assert not is_genuine(delivered.body, "no hex", served)


def test_it_stays_genuine_after_a_rotation(delivered: Heard, is_genuine: IsGenuine) -> None:
    signature = delivered.headers["x-edenai-signature"]
    new = keys.rotate()
    assert is_genuine(delivered.body, signature, keys.served())
    assert not is_genuine(delivered.body, signature, new.public_key)


def test_the_example_has_the_fields_of_a_delivery(delivered: Heard) -> None:
    (example,) = (block for block in blocks(DOCS / f"{PAGE}.md") if block.language == "json")
    assert set(json.loads(example.text)) == set(json.loads(delivered.body))
