from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pydantic import BaseModel
from pytest_django import DjangoAssertNumQueries, Settings
from pytest_django.live_server_helper import LiveServer

from django_universal_ai.contract import (
    CATEGORIES,
    FEATURES,
    CategoryInfo,
    CategoryList,
    FeatureDetail,
    sample_output,
)
from django_universal_ai.contract.features.generator.comparing import compare
from django_universal_ai.contract.features.generator.source import read
from django_universal_ai.contract.features.generator.spec import FeatureSpec

from .client import INFO, Api

OCR = f"{INFO}/ocr/ocr_async"
HTTP = "django_universal_ai.backends.http.HTTPBackend"
LOCAL = "django_universal_ai.backends.local.LocalBackend"


@pytest.fixture
def anyone() -> Api:
    """A client without a token: what is served here isn't a secret."""
    return Api(Client(), None)


def models(info: dict[str, Any]) -> list[str]:
    return [model["model"] for model in info["models"]]


@pytest.fixture
def offline(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": LOCAL}}


@pytest.fixture
def both(settings: Settings) -> None:
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": HTTP, "OPTIONS": {"api_key": "secret"}},
        "local": {"BACKEND": LOCAL},
    }


def test_all_features_are_listed(anyone: Api) -> None:
    found = CategoryList.model_validate(anyone.get(INFO).data)
    assert [category.name for category in found.features] == list(CATEGORIES)
    names = [f"{each.name}/{sub.name}" for each in found.features for sub in each.subfeatures]
    assert names == list(FEATURES)
    assert all(sub.fullname for each in found.features for sub in each.subfeatures)


def test_one_feature_is_an_item_of_the_list(anyone: Api) -> None:
    everything = anyone.get(INFO).data["features"]
    assert [anyone.get(f"{INFO}/{each['name']}").data for each in everything] == everything
    assert CategoryInfo.model_validate(everything[0]).fullname == "Audio"


def test_details_in_the_flat_form(anyone: Api) -> None:
    data = anyone.get(OCR).data
    assert anyone.get(f"{OCR}?format=simplified").data == data
    info = FeatureDetail.model_validate(data)
    assert (info.feature, info.subfeature, info.mode) == ("ocr", "ocr_async", "async")
    [file] = info.input_schema["fields"]
    assert (file["name"], file["type"], file["required"]) == ("file", "file_input", True)
    text, pages, _ = info.output_schema["fields"]
    assert text == {"name": "raw_text", "type": "string", "required": True}
    assert (pages["type"], pages["items"]["type"], pages["required"]) == ("array", "object", False)
    assert [field["name"] for field in pages["items"]["fields"]] == ["lines"]


@pytest.mark.parametrize("name", FEATURES)
def test_details_as_a_json_schema(anyone: Api, name: str) -> None:
    data = anyone.get(f"{INFO}/{name}?format=json_schema").data
    for side, model in (("input", FEATURES[name].input), ("output", FEATURES[name].output)):
        schema = data[f"{side}_schema"]
        assert schema["type"] == "object"
        assert set(schema["properties"]) == wire_names(model)
        assert set(schema.get("required", ())) == {
            field.alias or key for key, field in model.model_fields.items() if field.is_required()
        }
    assert set(sample_output(name)) == set(data["output_schema"]["properties"])


def wire_names(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize("prefix", ["/v3", "/api/v3"])
def test_the_endpoints_are_where_this_api_is(anyone: Api, settings: Settings, prefix: str) -> None:
    settings.ROOT_URLCONF = "tests.gateway.urls_twice"
    assert anyone.get(f"{prefix}/info/ocr/ocr").data["endpoints"] == {
        "create": f"POST {prefix}/universal-ai"
    }
    assert anyone.get(f"{prefix}/info/ocr/ocr_async").data["endpoints"] == {
        "create": f"POST {prefix}/universal-ai/async",
        "get": f"GET {prefix}/universal-ai/async/{{job_id}}",
        "list": f"GET {prefix}/universal-ai/async",
        "delete": f"DELETE {prefix}/universal-ai/async/{{job_id}}",
    }


@pytest.mark.usefixtures("offline")
def test_offline_there_are_the_installed_providers(
    anyone: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_universal_ai.providers.registry.missing", lambda provider: None)
    free = {"price": 0.0, "price_unit_quantity": 1, "price_unit_type": "request"}
    assert anyone.get(OCR).data["models"] == [{"model": "ocr/ocr_async/rapidocr", "pricing": free}]
    assert anyone.get(f"{INFO}/image/generation").data["models"] == []


@pytest.mark.usefixtures("offline")
def test_a_provider_that_lacks_a_package_is_not_offered(
    anyone: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_universal_ai.providers.registry.missing", lambda provider: "onnx")
    assert anyone.get(OCR).data["models"] == []


@pytest.mark.usefixtures("both")
def test_with_a_key_there_are_the_models_of_the_service(
    anyone: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_universal_ai.providers.registry.missing", lambda provider: None)
    told = [offer.model for offer in FEATURES["ocr/ocr_async"].offers]
    assert models(anyone.get(OCR).data) == [*told, "ocr/ocr_async/rapidocr"]
    speech = anyone.get(f"{INFO}/audio/speech_to_text_async").data
    openai = {"price": 0.006, "price_unit_quantity": 60, "price_unit_type": "second"}
    assert {"model": "audio/speech_to_text_async/openai", "pricing": openai} in speech["models"]


def test_without_a_key_nothing_is_offered_that_would_be_refused(
    anyone: Api, settings: Settings
) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": HTTP}}
    assert models(anyone.get(OCR).data) == []


@pytest.mark.parametrize("declared", [(), ("openai",)])
def test_a_backend_tells_only_what_comes_to_it(
    anyone: Api, settings: Settings, declared: tuple[str, ...]
) -> None:
    """A model goes to the backend that declares its provider, and to ``default`` otherwise."""
    options = {"api_key": "secret", "providers": declared}
    settings.UNIVERSAL_AI = {
        "default": {"BACKEND": LOCAL, "OPTIONS": {"providers": []}},
        "remote": {"BACKEND": HTTP, "OPTIONS": options},
    }
    found = models(anyone.get(f"{INFO}/audio/speech_to_text_async").data)
    assert found == [f"audio/speech_to_text_async/{name}" for name in declared]


def test_the_generator_reads_what_is_told_here(live_server: LiveServer, settings: Settings) -> None:
    settings.UNIVERSAL_AI = {"default": {"BACKEND": HTTP, "OPTIONS": {"api_key": "secret"}}}
    ours = [FeatureSpec.of(feature) for feature in FEATURES.values()]
    assert compare(ours, read(f"{live_server.url}{INFO}")) == []


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("songs", "audio, image, ocr"),
        ("songs/ocr", "audio, image, ocr"),
        ("ocr/poems", "financial_parser, identity_parser"),
        ("OCR/ocr", "audio"),
    ],
)
def test_what_is_not_known_is_not_found(anyone: Api, path: str, known: str) -> None:
    answer = anyone.get(f"{INFO}/{path}")
    assert (answer.status, list(answer.data)) == (404, ["detail"])
    assert f"Known: {known}" in answer.data["detail"]


def test_another_format_is_refused(anyone: Api) -> None:
    assert anyone.get(f"{OCR}?format=xml").problems == [(["query", "format"], "literal_error")]


def test_nothing_is_read_from_the_database(
    anyone: Api, django_assert_num_queries: DjangoAssertNumQueries, db: None
) -> None:
    with django_assert_num_queries(0):
        assert anyone.get(INFO).status == 200
        assert anyone.get(OCR).status == 200


def test_a_token_does_no_harm(api: Api) -> None:
    assert api.get(INFO).status == 200
