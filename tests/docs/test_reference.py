"""The reference tells all there is, and nothing else."""

from __future__ import annotations

import ast
import re
from dataclasses import asdict
from typing import Any

import pytest
from django.core.management.base import CommandParser

from django_universal_ai import exceptions, models, signals, testing
from django_universal_ai.backends.base import BaseBackend
from django_universal_ai.backends.dummy import DummyBackend
from django_universal_ai.backends.http import HTTPBackend
from django_universal_ai.backends.local import LocalBackend
from django_universal_ai.contract import FEATURES, Feature
from django_universal_ai.live.conf import LiveSettings
from django_universal_ai.management.verbs import VERBS
from django_universal_ai.models import EventKind, Status, UniversalAIJob
from django_universal_ai.outward.conf import OutwardSettings

from .pages import ROOT, read, rows, section, ticked

PACKAGE = ROOT / "django_universal_ai"


def first_column(text: str) -> set[str]:
    return {name for row in rows(text) for name in ticked(row[0])}


def source(folder: str = "") -> str:
    files = (PACKAGE / folder).rglob("*.py")
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def options(heading: str) -> dict[str, Any]:
    """The options in the table under a heading, with their defaults."""
    table = section(read("reference/settings"), heading)
    return {ticked(row[0])[0]: ast.literal_eval(ticked(row[1])[0]) for row in rows(table)}


@pytest.mark.parametrize("backend", [HTTPBackend, LocalBackend, DummyBackend])
def test_options_of_backends(backend: type[BaseBackend]) -> None:
    assert options(backend.__name__) == backend.defaults


def test_options_of_the_gateway() -> None:
    conf = pytest.importorskip("django_universal_ai.gateway.conf")
    assert options("`UNIVERSAL_AI_GATEWAY`") == asdict(conf.GatewaySettings())


def test_options_of_the_outward_guard() -> None:
    assert options("`UNIVERSAL_AI_OUTWARD`") == asdict(OutwardSettings())


def test_options_of_live_status() -> None:
    assert options("`UNIVERSAL_AI_LIVE`") == asdict(LiveSettings())


def test_every_setting_has_its_table() -> None:
    used = set(re.findall(r'"settings\.(UNIVERSAL_AI\w*)"', source())) | {"UNIVERSAL_AI"}
    used |= set(re.findall(r'settings, "(UNIVERSAL_AI\w*)"', source()))
    headings = re.findall(r"^## `(UNIVERSAL_AI\w*)`$", read("reference/settings"), re.M)
    assert set(headings) == used


def test_every_backend_of_the_package_has_its_table() -> None:
    shipped = {path.stem for path in (PACKAGE / "backends").iterdir()} - {"__init__", "base"}
    assert shipped - {"rules", "__pycache__"} == {"dummy", "http", "local"}


def test_check_ids() -> None:
    used = re.findall(r'id="(universal_ai(?:_gateway)?\.[EWI]\d{3})"', source())
    assert first_column(read("reference/checks")) == set(used)


def test_commands() -> None:
    table = section(read("reference/commands"), "Commands")
    assert {name.split()[0] for name in first_column(table)} >= set(VERBS)
    documented = {ticked(row[0])[0].split()[0] for row in rows(table) if ticked(row[0])}
    assert {name for name in documented if not name.isdecimal()} == set(VERBS)


def test_verbs_without_json() -> None:
    [told] = re.findall(
        r"All verbs take it except (.+)\.", section(read("reference/commands"), "JSON")
    )
    refuses = set()
    for name, verb in VERBS.items():
        parser = CommandParser()
        verb.add_arguments(parser)
        if "--json" not in parser.format_help():
            refuses.add(name)
    assert set(ticked(told)) == refuses


def test_states_and_kinds_of_events() -> None:
    page = read("reference/models")
    assert first_column(section(page, "States")) == set(Status.values)
    kinds = ticked(section(page, "JobEvent"))
    assert set(EventKind.values) <= set(kinds)


@pytest.mark.parametrize("heading", ["What was asked for", "What was answered", "What is ours"])
def test_fields_exist(heading: str) -> None:
    names = first_column(section(read("reference/models"), heading))
    assert names
    assert [name for name in names if not hasattr(UniversalAIJob, name)] == []


def test_public_fields_are_told() -> None:
    page = read("reference/models")
    fields = {field.name for field in UniversalAIJob._meta.concrete_fields}
    told = {word for name in ticked(page) for word in re.findall(r"\w+", name)}
    hidden = {"idempotency_scope", "lease_owner", "lease_until", "missing_since", "posted_at"}
    hidden |= {"unlisted_at"}
    assert fields - told == hidden | {"token_hash"}


def test_signals() -> None:
    named = {name for name, value in vars(signals).items() if isinstance(value, signals.JobSignal)}
    assert first_column(read("reference/signals")) >= named


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("signals", ["on_success", "on_failure"]),
        ("testing", testing.__all__),
        ("models", sorted({*models.__all__} - {"Candidate", "EventKind"})),
    ],
)
def test_public_names(page: str, names: list[str]) -> None:
    """Two have their words or their rows there, under the names of what has them."""
    assert [name for name in names if name not in read(f"reference/{page}")] == []


def test_public_names_of_the_gateway() -> None:
    gateway = pytest.importorskip("django_universal_ai.gateway.models")
    told = ticked(section(read("reference/models"), "The gateway's"))
    assert [name for name in gateway.__all__ if name not in told] == []


def test_errors() -> None:
    page = read("reference/errors")
    assert set(re.findall(r"^[│├└─ ]*(\w+)", section(page, "Errors"), re.M)) >= {
        name
        for name, value in vars(exceptions).items()
        if isinstance(value, type) and value.__module__ == exceptions.__name__
    }


def test_types_of_failures() -> None:
    told = first_column(section(read("reference/errors"), "`job.error`"))
    code = "".join(source(folder) for folder in ("jobs", "engine"))
    used = set(re.findall(r'\{"type": "(\w+)"', code))
    used |= set(re.findall(r'kind, reason = "(\w+)"', code))
    assert {name for name in told if not name.startswith("Provider")} == used


def test_features() -> None:
    table = [
        (*ticked(row[0]), row[1], row[2], ticked(row[3]), ticked(row[4]))
        for row in rows(section(read("reference/features"), "Features"))
    ]
    assert table == [
        (name, feature.title, feature.mode, inputs(feature, True), inputs(feature, False))
        for name, feature in FEATURES.items()
    ]


def inputs(feature: Feature, required: bool) -> list[str]:
    fields = feature.input.model_fields.items()
    return [field.alias or name for name, field in fields if field.is_required() == required]


def test_routes_of_the_gateway() -> None:
    pytest.importorskip("ninja", reason="the extra [gateway] is not installed")
    from django_universal_ai.gateway.api import api

    paths: dict[str, Any] = api.get_openapi_schema(path_prefix="/v3/")["paths"]
    served = {
        f"{method.upper()} {re.sub('{.+?}', '{}', path)}"
        for path in paths
        for method in paths[path]
    }
    table = section(read("reference/gateway"), "The gateway's HTTP API")
    assert {re.sub("{.+?}", "{}", name) for name in routes(table)} == served


def routes(table: str) -> set[str]:
    return {name for name in first_column(table) if " /" in name}
