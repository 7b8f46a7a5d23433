"""What a client asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from ..exceptions import InvalidInput
from .fallbacks import resolve_fallback
from .json_value import json_problem
from .model_id import ModelId
from .sealed import SealedDict
from .validation import invalid_input

_UNSAFE_IN_URL = re.compile(r"[\s\x00-\x1f\x7f\\]")


def _reject(reason: str) -> PydanticCustomError:
    return PydanticCustomError("request", "{reason}", {"reason": reason})


def _model_string(text: str) -> str:
    try:
        ModelId.parse(text)
    except InvalidInput as error:
        raise _reject(error.message) from None
    return text


def _json(value: dict[str, Any]) -> dict[str, Any]:
    if problem := json_problem(value):
        raise _reject(problem)
    return value


def _absolute_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or _UNSAFE_IN_URL.search(text):
        raise _reject("is not an absolute http or https URL")
    return text


def _fallback(text: str, info: ValidationInfo) -> str:
    if "model" in info.data:  # else there is an error already
        try:
            resolve_fallback(ModelId.parse(info.data["model"]), text)
        except InvalidInput as error:
            raise _reject(error.message) from None
    return text


JsonObject = Annotated[dict[str, Any], AfterValidator(_json)]


_EXAMPLE: JsonDict = {
    "model": "text/moderation/google",
    "input": {"text": "Be nice to each other."},
}


class SyncRequest(BaseModel):
    """The body of ``POST /v3/universal-ai``, which is answered when the work is done."""

    model_config = ConfigDict(
        frozen=True, use_attribute_docstrings=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    model: Annotated[str, AfterValidator(_model_string)]
    """``feature/subfeature/provider[/model]``."""
    input: JsonObject = Field(repr=False)
    """What the feature needs, field by field; files by the id of an upload, or by URL."""
    provider_params: JsonObject | None = Field(default=None, repr=False)
    """Handed to the provider as it is."""
    fallbacks: list[Annotated[str, AfterValidator(_fallback)]] = Field(default=[], max_length=3)
    """Who else may do it, in order: ``provider``, ``provider/model`` or a whole model string."""
    show_original_response: Annotated[
        bool,
        Field(strict=True),  # JSON's own: 1 is no true
        BeforeValidator(lambda v: v is not None and v, json_schema_input_type=bool | None),
    ] = False
    """Whether the answer holds the provider's own response too."""

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Read a request.

        Raises :class:`~django_universal_ai.exceptions.InvalidInput` for the first wrong field.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise invalid_input(error) from None

    @property
    def model_id(self) -> ModelId:
        """The model string taken apart."""
        return ModelId.parse(self.model)

    def fallback_ids(self) -> list[ModelId]:
        """The fallbacks as whole model ids, in order."""
        return [resolve_fallback(self.model_id, fallback) for fallback in self.fallbacks]

    def body(self) -> dict[str, Any]:
        """What goes on the wire: ``model``, ``input``, and what else is set; nothing is null."""
        required = {"model": self.model, "input": self.input}
        optional = self.model_dump(exclude={"model", "input"})
        return SealedDict(required | {name: value for name, value in optional.items() if value})


class JobRequest(SyncRequest):
    """The body of ``POST /v3/universal-ai/async``: the same, and a webhook."""

    webhook_receiver: (
        Annotated[
            str,
            Field(min_length=1, max_length=2083, json_schema_extra={"format": "uri"}),
            AfterValidator(_absolute_url),
        ]
        | None
    ) = Field(default=None, repr=False)
    """Where the end of the job is posted to."""
    user_webhook_parameters: JsonObject | None = Field(default=None, repr=False)
    """Comes back in the webhook as ``user_parameters``."""

    def sync_body(self) -> dict[str, Any]:
        """What goes to ``POST /v3/universal-ai``, which knows no webhooks."""
        known = SyncRequest.model_fields
        return SealedDict({name: value for name, value in self.body().items() if name in known})
