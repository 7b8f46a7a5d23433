"""Several processes ask at the same moment, each with a database connection of its own."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.site import Site

pytestmark = pytest.mark.slow

PROCESSES, TRIES, PLACES = 3, 6, 5

PREPARE = """
from decimal import Decimal
from django.contrib.auth.models import User
from django_universal_ai.gateway import tokens
from django_universal_ai.models import Price
Price.objects.create(name="google", unit="reserve", amount=Decimal(1))
print(tokens.create(User.objects.create_user("ann"), **{limit}))
"""

ASK = """
import json, sys
from pathlib import Path
from django_universal_ai.gateway import ledger, rate, refusals, tokens
token = tokens.find(tokens.digest({plain!r}))
said = []
print("ready", flush=True)
while not Path({go!r}).exists():
    pass
for _ in range({tries}):
    try:
        rate.take(token)
        ledger.submit(
            token,
            model="audio/speech_to_text_async/google",
            input={{"file": "https://files.example/a.wav"}},
        )
        said.append(202)
    except refusals.Refusal as refusal:
        said.append(refusal.status)
print(json.dumps(said))
"""


@pytest.mark.parametrize(
    ("limit", "allowed", "refused"),
    [
        ("dict(most_in_flight=5)", PLACES, 429),
        ("dict(credits_per_month=Decimal(5))", PLACES, 402),
        ("dict(requests_per_second=0.001)", 1, 429),
    ],
)
def test_processes_share_the_limits_on_sqlite(
    tmp_path: Path, limit: str, allowed: int, refused: int
) -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.gateway.site_settings"}
    site = Site(tmp_path / "site", "http://127.0.0.1:1", environment=settings)
    plain, go = site.run(PREPARE.format(limit=limit)).split()[-1], tmp_path / "go"
    code = ASK.format(plain=plain, go=str(go), tries=TRIES)
    processes = [site.start(code) for _ in range(PROCESSES)]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    go.touch()
    said: Counter[Any] = Counter()
    for process in processes:
        printed, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        said.update(json.loads(printed))
    assert said == {202: allowed, refused: PROCESSES * TRIES - allowed}
