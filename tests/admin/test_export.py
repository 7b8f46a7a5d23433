"""Jobs as files."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from django_universal_ai.admin import export
from django_universal_ai.admin.export import COLUMNS, DOCUMENTS, FORMATS
from django_universal_ai.models import UniversalAIJob
from tests.rows import make_job

from .conftest import LIST, Person, select

EXPORT = f"{LIST}export/"
ATTACK = "</script><img src=x onerror=alert(1)>"


def body(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


def as_csv(client: Client, query: str = "") -> list[dict[str, str]]:
    text = body(client.post(f"{EXPORT}?{query}", {"format": "csv"}))
    return list(csv.DictReader(io.StringIO(text)))


def as_json(client: Client, query: str = "") -> list[dict[str, Any]]:
    text = body(client.post(f"{EXPORT}?{query}", {"format": "jsonl"}))
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def full(db: None) -> UniversalAIJob:
    """A job with something in every column."""
    asked = timezone.now() - timedelta(hours=1)
    group = Group.objects.create(name="invoices")
    return make_job(
        "fail",
        model="nova",
        cost=Decimal("0.012500000001"),
        owner=User.objects.create_user("berta"),
        content_type=ContentType.objects.get_for_model(Group),
        object_id=str(group.pk),
        requested_at=asked,
        finished_at=asked + timedelta(seconds=90.5),
        error={"message": "Not today.", "type": "x"},
        output={"text": "a\nb"},
        metadata={"order": 4711},
        parent=make_job("fail"),
    )


def test_csv_has_a_column_for_each_plain_value(root: Client, full: UniversalAIJob) -> None:
    rows = {row["id"]: row for row in as_csv(root)}
    assert len(rows) == 2
    row = rows[str(full.pk)]
    assert tuple(row) == COLUMNS
    assert row["status"] == "fail"
    assert row["owner"] == "berta"
    assert (row["attached_kind"], row["attached_id"]) == ("auth.group", full.object_id)
    assert row["cost"] == "0.012500000001"
    assert row["requested_at"] == full.requested_at.isoformat()
    assert row["duration_seconds"] == "90.5"
    assert row["error_message"] == "Not today."
    assert row["parent"] == str(full.parent_id)
    assert rows[str(full.parent_id)]["owner"] == ""


def test_json_lines_have_the_documents_too(root: Client, full: UniversalAIJob) -> None:
    rows = {row["id"]: row for row in as_json(root)}
    row = rows[str(full.pk)]
    assert tuple(row) == (*COLUMNS, *DOCUMENTS)
    assert row["cost"] == "0.012500000001"
    assert row["duration_seconds"] == 90.5
    assert row["output"] == {"text": "a\nb"}
    assert row["error"] == {"message": "Not today.", "type": "x"}
    assert (row["input"], row["metadata"]) == (full.input, {"order": 4711})
    assert rows[str(full.parent_id)]["output"] is None


def test_a_document_that_a_host_has_broken_into_lines_stays_in_one(
    root: Client, full: UniversalAIJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = export._values
    monkeypatch.setattr(
        export,
        "_values",
        lambda *given: [{**row, "output_text": '{\n"a": 1\n}'} for row in before(*given)],
    )
    monkeypatch.setattr(export, "_batches", lambda rows, size: [rows])
    assert {row["output"]["a"] for row in as_json(root)} == {1}


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 10])
def test_batches_neither_miss_a_job_nor_repeat_one(
    db: None, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    same = timezone.now() - timedelta(days=1)
    rows = [make_job("success", requested_at=same) for _ in range(5)]
    rows += [make_job("success", requested_at=same - timedelta(hours=n)) for n in range(3)]
    found = [
        row["id"]
        for rows in export._batches(UniversalAIJob.objects.values("id", "requested_at"), batch)
        for row in rows
    ]
    newest_first = UniversalAIJob.objects.order_by("-requested_at", "-pk")
    assert found == list(newest_first.values_list("pk", flat=True))


def test_rows_are_read_as_they_are_needed(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(45):
        make_job("success")
    pieces = FORMATS["jsonl"].stream(UniversalAIJob.objects.all())
    with django_assert_num_queries(0):
        next(pieces)
    with django_assert_num_queries(1):
        assert next(pieces).count("\n") == 20
    with django_assert_num_queries(2):
        assert [piece.count("\n") for piece in pieces] == [20, 5]


# ------------------------------------------------------------------------------- what is inside


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "\n-1",
        "\uff1d1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_no_text_is_a_formula(root: Client, text: str) -> None:
    owner = User.objects.create(username=text)
    make_job("fail", public_id=text, owner=owner, model=text, error={"message": text})
    (row,) = as_csv(root)
    for name in ("public_id", "owner", "model", "error_message"):
        assert row[name] == f"'{text}"
    assert as_json(root)[0]["public_id"] == text


def test_numbers_stay_numbers(root: Client) -> None:
    asked = timezone.now()
    make_job("fail", requested_at=asked, finished_at=asked - timedelta(seconds=2))
    assert as_csv(root)[0]["duration_seconds"] == "-2.0"


def test_text_of_others_is_data_whatever_it_looks_like(root: Client) -> None:
    text = f'{ATTACK}",\n"\u2028'
    make_job(
        "fail",
        requested_model=f"ocr/ocr/{ATTACK}",
        feature=ATTACK,
        public_id=text,
        error={"message": text},
        input={ATTACK: text},
        metadata={"x": ATTACK},
        output={"text": text},
        object_id=ATTACK,
    )
    (row,) = as_csv(root)
    assert (row["public_id"], row["feature"]) == (text, ATTACK)
    response = root.post(EXPORT, {"format": "jsonl"})
    assert response.headers["Content-Type"] == "application/x-ndjson; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="jobs-')
    line = body(response)
    assert line.count("\n") == 1
    assert json.loads(line)["input"] == {ATTACK: text}


def test_half_a_letter_is_written_as_an_escape(root: Client) -> None:
    make_job("fail", error={"message": "\ud800"})
    assert as_csv(root)[0]["error_message"] == "\\ud800"


def test_keys_in_messages_are_hidden(root: Client) -> None:
    make_job("fail", error={"message": "Bearer sk-verysecretkey1234567890 is wrong"})
    assert "verysecret" not in as_csv(root)[0]["error_message"]


# -------------------------------------------------------------------------- which, who, and after


def test_just_what_the_list_shows_is_exported(root: Client) -> None:
    failed = make_job("fail", owner=User.objects.create_user("ada"))
    make_job("fail")
    make_job("success", owner=failed.owner)
    rows = as_csv(root, f"status__exact=fail&owner={failed.owner_id}&p=7&o=6")
    assert [row["id"] for row in rows] == [str(failed.pk)]
    assert [row["id"] for row in as_csv(root, f"q={failed.pk}")] == [str(failed.pk)]


@pytest.mark.parametrize(
    ("action", "suffix"), [("export_csv", "csv"), ("export_json_lines", "jsonl")]
)
def test_chosen_jobs_are_exported(root: Client, action: str, suffix: str) -> None:
    rows = [make_job("success") for _ in range(3)]
    response = select(root, rows[:2], action)
    assert response.headers["Content-Disposition"].endswith(f'.{suffix}"')
    text = body(response)
    assert [str(job.pk) in text for job in rows] == [True, True, False]


def test_the_log_says_who_took_what(root: Client) -> None:
    job = make_job("fail")
    body(root.post(f"{EXPORT}?status__exact=fail", {"format": "csv"}))
    body(root.post(EXPORT, {"format": "jsonl"}))
    body(select(root, [job], "export_csv"))
    entries = LogEntry.objects.order_by("pk")
    assert [entry.change_message for entry in entries] == [
        "Exported as CSV: status__exact=fail.",
        "Exported as JSON lines: all jobs.",
        "Exported as CSV: selected jobs.",
    ]
    assert {(str(entry.user), entry.object_repr) for entry in entries} == {("root", "Jobs")}
    assert root.get("/admin/").status_code == 200


def test_who_may_only_look_takes_nothing_away(viewer: Client) -> None:
    job = make_job("success")
    html = viewer.get(LIST).content.decode()
    assert "Export" not in html
    assert 'name="action"' not in html
    assert viewer.post(EXPORT, {"format": "csv"}).status_code == 403
    assert viewer.get(EXPORT).status_code == 403
    for action in ("export_csv", "export_json_lines", "refresh", "resubmit", "give_up"):
        assert select(viewer, [job], action).status_code == 403
    assert not LogEntry.objects.exists()


def test_a_permission_of_its_own(person: Person) -> None:
    job = make_job("success")
    clerk = person("view_universalaijob", "export_universalaijob")
    html = clerk.get(LIST).content.decode()
    assert "Export all of this list" in html
    assert "export_csv" in html
    assert ">Export" not in clerk.get(f"{LIST}{job.pk}/change/").content.decode()
    assert [row["id"] for row in as_csv(clerk)] == [str(job.pk)]
    assert person("export_universalaijob", name="blind").post(EXPORT).status_code == 403


def test_what_cannot_be_exported_is_told(root: Client) -> None:
    assert root.post(EXPORT, {"format": "xls"}).status_code == 404
    assert root.post(f"{EXPORT}?requested_at__year=x", {"format": "csv"}).status_code == 302
    assert root.get(EXPORT).status_code == 405
    assert not LogEntry.objects.exists()


def test_an_empty_list_is_a_head_alone(root: Client) -> None:
    assert body(root.post(EXPORT, {"format": "csv"})).strip() == ",".join(COLUMNS)
    assert body(root.post(EXPORT, {"format": "jsonl"})) == ""


def test_an_error_that_nests_too_deep_to_be_read_stops_no_export(
    root: Client, full: UniversalAIJob
) -> None:
    deep = '{"message":' * 990 + '"x"' + "}" * 990
    table = UniversalAIJob._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET error = %s", [deep])  # noqa: S608 - a name of ours
    assert [row["error_message"] for row in as_csv(root)] == ["", ""]
