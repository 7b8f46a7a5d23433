"""Other apps' work in the engine's passes."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from django_universal_ai import engine
from django_universal_ai.engine import errands
from django_universal_ai.engine.errands import Errand

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _registry_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "_errands", {})


def test_a_pass_runs_what_is_due() -> None:
    left = [1, 1, 1]
    errands.register("mine", Errand(lambda: bool(left), lambda: left.pop()))
    errands.register("idle", Errand(lambda: False, lambda: pytest.fail("it wasn't due")))
    assert engine.advance() == 3
    assert left == []


def test_the_same_name_takes_the_others_place() -> None:
    for _ in range(2):
        errands.register("mine", Errand(lambda: True, lambda: 1))
    assert errands.run_due() == 1


def test_trouble_of_one_is_not_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def break_down() -> int:
        raise RuntimeError("no")

    errands.register("bad", Errand(lambda: True, break_down))
    errands.register("good", Errand(lambda: True, lambda: 2))
    assert errands.run_due() == 2
    assert "errand 'bad' failed" in caplog.text


def test_trouble_of_the_database_is_everybodys() -> None:
    def break_down() -> int:
        raise OperationalError("away")

    errands.register("mine", Errand(lambda: True, break_down))
    with pytest.raises(OperationalError):
        errands.run_due()
