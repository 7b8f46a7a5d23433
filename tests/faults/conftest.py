"""A stage for each fault test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.services import AMQP, POSTGRES, REDIS, service_url

from .postgres import template
from .stage import Stage, stage

Stages = Callable[..., Stage]

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> str:
    return service_url(POSTGRES)


@pytest.fixture(scope="session")
def template_database(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a migrated database."""
    with template(postgres, tmp_path_factory.mktemp("template")) as name:
        yield name


@pytest.fixture
def stages(postgres: str, template_database: str, tmp_path: Path) -> Iterator[Stages]:
    """Set a stage: ``stages("redis", rate_limit=50)``; see :func:`tests.faults.stage.stage`."""
    with ExitStack() as stack:

        def make(broker: str = "redis", **how: Any) -> Stage:
            name = f"faults_{os.getpid()}_{next(_numbers)}"
            folder = tmp_path / name
            folder.mkdir()
            return stack.enter_context(
                stage(
                    name=name,
                    folder=folder,
                    postgres=postgres,
                    template=template_database,
                    broker_url=service_url({"redis": REDIS, "amqp": AMQP}[broker]),
                    **how,
                )
            )

        yield make
