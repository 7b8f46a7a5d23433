from __future__ import annotations

import pytest

from django_universal_ai.backends.base import BaseBackend
from django_universal_ai.backends.dummy import DummyBackend
from django_universal_ai.contract import FEATURES, JobRequest, ModelId, parse_output

from .suite import BackendSuite


class TestDummyBackend(BackendSuite):
    @pytest.fixture
    def backend(self) -> BaseBackend:
        return DummyBackend("dummy", {})


def test_it_keeps_what_it_is_given() -> None:
    backend = DummyBackend("dummy", {})
    request = JobRequest(model="a/b/c/d/e", input={"x": 1})
    job = backend.submit(request)
    assert backend.requests == [request]
    assert (job.status, job.provider, job.model) == ("processing", "c", "d/e")


@pytest.mark.parametrize("name", FEATURES)
def test_its_outputs_fit_the_schema(name: str) -> None:
    backend = DummyBackend("dummy", {})
    job = backend.submit(JobRequest(model=f"{name}/google", input={}))
    output = backend.get(job.public_id).output
    assert isinstance(parse_output(name, output), FEATURES[name].output)


def test_a_list_is_a_look() -> None:
    backend = DummyBackend("dummy", {})
    backend.submit(JobRequest(model="a/b/c", input={}))
    assert backend.list_jobs(status="processing").items == []
    assert [item.status for item in backend.list_jobs().items] == ["success"]


def test_the_list_can_be_asked_for_one_subfeature() -> None:
    backend = DummyBackend("dummy", {})
    for model in ("a/b/c", "a/d/c"):
        backend.submit(JobRequest(model=model, input={}))
    (item,) = backend.list_jobs(feature="a", subfeature="d").items
    assert (item.feature, item.subfeature) == ("a", "d")


def test_it_takes_the_providers_that_it_is_told_to() -> None:
    backend = DummyBackend("dummy", {"providers": ["google"]})
    assert backend.serves(ModelId.parse("a/b/google"))
    assert not backend.serves(ModelId.parse("a/b/amazon"))
