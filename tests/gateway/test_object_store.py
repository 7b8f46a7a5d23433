"""Uploads in an object store, over HTTP: S3's protocol, played by moto on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import Storage
from django.utils import timezone
from pytest_django import Settings

from django_universal_ai import engine
from django_universal_ai.engine import removing
from django_universal_ai.models import UniversalAIFile, UniversalAIJob
from tests.storage import files_in

from .client import JOBS, Api

boto3 = pytest.importorskip("boto3")
Config: Any = pytest.importorskip("botocore.config").Config
EndpointConnectionError: Any = pytest.importorskip("botocore.exceptions").EndpointConnectionError
server = pytest.importorskip("moto.server")
s3 = pytest.importorskip("storages.backends.s3")

SPEECH = Path(__file__).parents[2] / "example_project" / "samples" / "speech.wav"
BUCKET = "jobs"
ACCESS: dict[str, Any] = {
    "region_name": "us-east-1",
    "aws_access_key_id": "anybody",
    "aws_secret_access_key": "anything",
}

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The address of an S3 server."""
    running = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(store: str) -> Iterator[Any]:
    found = boto3.resource("s3", endpoint_url=store, **ACCESS).Bucket(BUCKET)
    found.create()
    yield found
    found.objects.delete()
    found.delete()


def storage(address: str) -> Storage:
    made: Storage = s3.S3Storage(
        endpoint_url=address,
        bucket_name=BUCKET,
        default_acl="private",
        querystring_auth=True,
        access_key=ACCESS["aws_access_key_id"],
        secret_key=ACCESS["aws_secret_access_key"],
        region_name=ACCESS["region_name"],
        client_config=Config(retries={"max_attempts": 0}, connect_timeout=5),
    )
    return made


@pytest.fixture
def _in_the_store(bucket: Any, store: str) -> Iterator[None]:
    with files_in(storage(store)):
        yield


def kept(bucket: Any) -> list[bytes]:
    return [each.get()["Body"].read() for each in bucket.objects.all()]


@pytest.mark.usefixtures("_in_the_store")
@pytest.mark.parametrize("in_memory", [True, False])
def test_a_file_is_kept_and_read_again(
    api: Api, bucket: Any, settings: Settings, in_memory: bool
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100_000_000 if in_memory else 0
    content = bytes(range(256)) * 40_000  # above 8 MB: sent in parts
    answer = api.upload(content, "notes.bin")
    assert (answer.status, answer.data["file_size"]) == (200, len(content))
    assert kept(bucket) == [content]
    row = UniversalAIFile.objects.get()
    with row.open() as file:
        assert file.read() == content
    with row.local_path() as path:
        assert (path.name, path.read_bytes()) == ("notes.bin", content)


@pytest.mark.usefixtures("_in_the_store")
def test_a_job_reads_a_file_from_there(api: Api) -> None:
    pytest.importorskip("pocketsphinx")
    file = api.upload(SPEECH.read_bytes(), "speech.wav").data
    answer = api.submit("audio/speech_to_text_async/pocketsphinx", input={"file": file["file_id"]})
    assert answer.status == 202, answer.data
    assert engine.run(UniversalAIJob.objects.get())
    job = api.get(f"{JOBS}/{answer.data['public_id']}").data
    assert job["status"] == "success", job["error"]
    assert "tomorrow" in job["output"]["text"]


@pytest.mark.usefixtures("_in_the_store")
def test_what_expired_is_deleted_there(
    api: Api, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.upload(b"stays"), api.upload(b"goes")
    removing.forget()
    long_ago = timezone.now() - timedelta(days=1)
    newest = UniversalAIFile.objects.order_by("-created_at")[:1]
    UniversalAIFile.objects.filter(pk__in=[each.pk for each in newest]).update(remove_at=long_ago)
    assert removing.remove_due() == 1
    assert kept(bucket) == [b"stays"]


def test_a_store_that_does_not_answer_leaves_no_half() -> None:
    with files_in(storage("http://127.0.0.1:9")):
        with pytest.raises(EndpointConnectionError):
            UniversalAIFile.objects.store(b"nowhere to go", name="a.txt")
        assert not UniversalAIFile.objects.living().exists()
        # Whether something arrived there is unknown: the engine looks again.
        assert UniversalAIFile.objects.filter(remove_at__isnull=False).count() == 1
