"""The command as it is run: against files, and against a service that is asked."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from django_universal_ai.contract.features.generator.__main__ import FOLDER, main

from .conftest import Answers

Save = Callable[[Any], str]
Output = pytest.CaptureFixture[str]


def find(answers: Answers, name: str) -> dict[str, Any]:
    return next(each for each in answers if f"{each['feature']}/{each['subfeature']}" == name)


def test_what_we_tell_of_ourselves_changes_nothing(
    answers: Answers, saved: Save, capsys: Output
) -> None:
    assert main([saved(answers), "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_each_change_is_a_line(answers: Answers, saved: Save, capsys: Output) -> None:
    ocr = find(answers, "ocr/ocr")
    ocr["input_schema"]["fields"][1]["required"] = False
    ocr["output_schema"]["fields"].append({"name": "pages", "required": True, "type": "int"})
    [box] = [each for each in ocr["output_schema"]["fields"] if each["name"] == "bounding_boxes"]
    del box["items"]["fields"][0]
    ocr["models"][0]["pricing"]["price"] = 99
    spelling = find(answers, "text/spell_check")
    answers.remove(spelling)
    assert main([saved(answers), "--check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    model = ocr["models"][0]["model"]
    assert "~ ocr/ocr input.language: string, required -> string, optional" in lines
    assert "+ ocr/ocr output.pages: int, required" in lines
    assert "- ocr/ocr output.bounding_boxes.text: string, required" in lines
    assert "- text/spell_check: sync" in lines
    assert "! ocr/ocr.py is not what would be written" in lines
    assert "! text/spell_check.py is not what would be written" in lines
    assert any(line.startswith(f"~ {model}: $") and "-> $99" in line for line in lines)
    assert (FOLDER / "text" / "spell_check.py").is_file()


@pytest.fixture
def package(tmp_path: Path, answers: Answers, saved: Save) -> Path:
    """Modules of features of which one is new, in a folder of their own."""
    fields = [
        {"name": "file", "required": True, "type": "file_input"},
        {"name": "class", "required": False, "type": "enum", "enum": ["a", "b"]},
        {"name": "tags", "required": False, "type": "array", "items": {"type": "string"}},
    ]
    new: dict[str, Any] = {
        "feature": "ocr",
        "subfeature": "stamp_reader",
        "mode": "sync",
        "models": [],
    }
    new |= {"input_schema": {"fields": fields}, "output_schema": {"fields": []}}
    folder = tmp_path / "features"
    folder.mkdir()
    for name in ("__init__", "base", "describe", "kinds", "offer", "overrides"):
        text = (FOLDER / f"{name}.py").read_text() if name != "__init__" else ""
        (folder / f"{name}.py").write_text(text)
    assert main([saved([*answers, new])], folder, tmp_path / "models") == 0
    return folder


def test_a_new_feature_is_written(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(package.parent)
    try:
        ocr = importlib.import_module("features.ocr")
        stamps = ocr.StampReaderInput
        assert stamps.model_validate({"file": "id", "class": "a"}).class_ == "a"
        with pytest.raises(ValueError, match="'a' or 'b'"):
            stamps.model_validate({"file": "id", "class": "c"})
        assert ocr.stamp_reader.FEATURE.title == "Stamp reader"
        assert ocr.stamp_reader.FEATURE in ocr.CATEGORY.features
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == "features"]:
            del sys.modules[name]


def test_objects_of_one_name_and_two_forms_are_two_classes(
    answers: Answers, saved: Save, tmp_path: Path
) -> None:
    def box(name: str, *fields: str) -> dict[str, Any]:
        inner = [{"name": each, "required": True, "type": "float"} for each in fields]
        return {"name": name, "required": True, "type": "object", "fields": inner}

    def nested(name: str, *fields: str) -> dict[str, Any]:
        return {"name": name, "required": True, "type": "object", "fields": [box("stamp", *fields)]}

    ocr = find(answers, "ocr/ocr")
    ocr["output_schema"]["fields"] = [nested("front", "ink"), nested("back", "paper")]
    folder = tmp_path / "features"
    folder.mkdir()
    assert main([saved(answers)], folder) == 0
    text = (folder / "ocr" / "ocr.py").read_text()
    assert "class Stamp(FeatureOutput):\n    ink: " in text
    assert "class BackStamp(FeatureOutput):\n    paper: " in text


def test_without_the_formatter_nothing_is_written(
    answers: Answers, saved: Save, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    folder = tmp_path / "features"
    folder.mkdir()
    assert main([saved(answers)], folder) == 2
    assert "ruff, which formats the modules, gave up" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_a_module_without_a_feature_goes(package: Path, answers: Answers, saved: Save) -> None:
    assert (package / "ocr" / "stamp_reader.py").is_file()
    models = package.parent / "models"
    assert main([saved(answers)], package, models) == 0
    assert not (package / "ocr" / "stamp_reader.py").exists()
    assert (package / "kinds.py").is_file()
    assert main([saved(answers), "--check"], package, models) == 0


def entry(**changes: Any) -> Answers:
    plain = {"feature": "a", "subfeature": "b", "mode": "sync", "input": [], "output": []}
    return [{**plain, "models": [], **changes}]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "isn't JSON"),
        ({}, "isn't a list of features"),
        ([{"feature": "ocr"}], "a feature without 'subfeature'"),
        (entry(mode="slow"), "the mode 'slow' isn't known"),
        (entry(input={}), "a/b input: not a list of fields"),
        (entry(input=[{"name": "x"}]), "a/b input: {'name': 'x'} has no name, type and required"),
        (
            entry(input=[{"name": "x", "type": "map", "required": True}]),
            "a/b: x has the type 'map', which isn't known",
        ),
        (entry(models=[{"model": "a/b/c", "price": "cheap"}]), "a/b/c: the price 'cheap'"),
        (entry(models=[{"model": "a/b/c", "price": "$1.2.3 per file"}]), "'1.2.3' is no number"),
    ],
)
def test_a_source_that_cannot_be_read(
    saved: Save, capsys: Output, content: Any, problem: str
) -> None:
    path = saved(content)
    assert main([path]) == 2
    assert problem in (error := capsys.readouterr().err)
    assert error.startswith(path)


def test_a_source_that_is_not_there(capsys: Output) -> None:
    assert main(["nothing.json", "--check"]) == 2
    assert "nothing.json" in capsys.readouterr().err


@pytest.fixture
def service(answers: Answers) -> Iterator[str]:
    """A service that tells of itself; its ``/v3/info`` is what comes back."""
    lists: dict[str, Any] = {"features": []}
    pages: dict[str, Any] = {"/v3/info": lists, "/": {"hello": "world"}}
    for each in answers:
        name, path = each["subfeature"], f"/v3/info/{each['feature']}/{each['subfeature']}"
        lists["features"].append({"name": each["feature"], "subfeatures": [{"name": name}]})
        pages[f"{path}?format=simplified"] = each

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            found = pages.get(self.path)
            self.wfile.write(json.dumps(found).encode() if found else b"<html>")

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v3/info"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_service_is_asked(service: str) -> None:
    command = [sys.executable, "-m", "django_universal_ai.contract.features.generator"]
    result = subprocess.run(
        [*command, service, "--check"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("path", "problem"), [("/", "doesn't list features"), ("/elsewhere", "answers no JSON")]
)
def test_something_else_is_asked(service: str, capsys: Output, path: str, problem: str) -> None:
    assert main([service.replace("/v3/info", "") + path]) == 2
    assert problem in capsys.readouterr().err
