from __future__ import annotations

from io import BytesIO

import pytest
from django.http import FileResponse
from django.test import RequestFactory

from example_project.documents.ranges import file_response

pytestmark = pytest.mark.django_db  # the end of an answer looks after connections
CONTENT = bytes(range(100))


def ask(wanted: str) -> tuple[FileResponse, BytesIO]:
    file = BytesIO(CONTENT)
    request = RequestFactory().get("/", headers={"Range": wanted} if wanted else {})
    response = file_response(
        request, file, len(CONTENT), filename="a.wav", content_type="audio/wav"
    )
    return response, file  # type: ignore[return-value]  # not where there is nothing to answer


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=10-19", 10, 19),
        ("bytes=90-", 90, 99),
        ("bytes=-10", 90, 99),
        ("bytes=-1000", 0, 99),
        ("bytes=0-1000", 0, 99),
    ],
)
def test_a_part_is_answered_as_one(wanted: str, first: int, last: int) -> None:
    response, file = ask(wanted)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/100"
    assert response["Content-Length"] == str(last - first + 1)
    assert b"".join(response) == CONTENT[first : last + 1]
    response.close()
    assert file.closed


@pytest.mark.parametrize(
    "wanted", ["", "bytes=-", "bytes=9-3", "bytes=1-2,4-5", "lines=1-2", f"bytes={'9' * 5000}-"]
)
def test_what_is_no_single_range_is_answered_with_all(wanted: str) -> None:
    response, _ = ask(wanted)
    assert response.status_code == 200
    assert response["Accept-Ranges"] == "bytes"
    assert b"".join(response) == CONTENT
    response.close()


@pytest.mark.parametrize("wanted", ["bytes=100-", "bytes=-0"])
def test_beyond_the_end_there_is_nothing(wanted: str) -> None:
    response, file = ask(wanted)
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */100"
    assert file.closed
