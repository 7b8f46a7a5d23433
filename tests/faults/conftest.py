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
from tests.upstream.signing import service_key

from .nursery import Nursery
from .nursery import nursery as open_nursery
from .postgres import template
from .proxy import free_port
from .site import OTHERS_KEY, Site
from .stage import KEY, Stage, stage

Stages = Callable[..., Stage]

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> str:
    return service_url(POSTGRES)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with open_nursery() as made:
        yield made


@pytest.fixture(scope="session")
def template_database(
    postgres: str, nursery: Nursery, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The name of a migrated database, made while the nursery gets ready."""
    with template(postgres, tmp_path_factory.mktemp("template")) as name:
        yield name


@pytest.fixture
def stages(
    postgres: str, nursery: Nursery, template_database: str, tmp_path: Path
) -> Iterator[Stages]:
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
                    nursery=nursery,
                    broker_url=service_url({"redis": REDIS, "amqp": AMQP}[broker]),
                    **how,
                )
            )

        yield make


@pytest.fixture
def announced(stages: Stages) -> tuple[Stage, Site]:
    """A service that signs and announces, and a site that has its key."""
    port = free_port()
    options = {
        "webhook_url": f"http://127.0.0.1:{port}",
        "webhook_public_keys": [service_key().pem],
    }
    stage = stages(options=options, rate_limit=60, sign=service_key().headers, seconds=0.5)
    stage.upstream.configure(keys={KEY: "main", OTHERS_KEY: "other"})
    return stage, Site(stage, port)
