"""A client of the gateway, by way of Django's test client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

JOBS = "/v3/universal-ai/async"
UPLOAD = "/v3/upload"
INFO = "/v3/info"
MODEL = "audio/speech_to_text_async/google"
URL = "https://files.example/call.wav"

#: The fields of a job in the answer of the page that was asked for, in its order.
FIELDS = [
    "public_id",
    "status",
    "cost",
    "provider",
    "feature",
    "subfeature",
    "output",
    "error",
    "model",
    "created_at",
]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    data: Any
    headers: Any

    @property
    def problems(self) -> list[tuple[list[int | str], str]]:
        """The places and kinds of a 422."""
        assert self.status == 422, self.data
        assert all(set(each) == {"loc", "msg", "type"} for each in self.data["detail"])
        return [(each["loc"], each["type"]) for each in self.data["detail"]]


@dataclass(frozen=True, slots=True)
class Api:
    """Talks with one token, or with none. Every answer has to be JSON."""

    client: Client
    token: str | None

    def request(
        self, method: str, path: str, data: Any = b"", kind: str = "", **more: Any
    ) -> Answer:
        if self.token is not None:
            more = {"headers": {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})}
        response = self.client.generic(
            method, path, data, content_type=kind or "application/json", **more
        )
        assert response["Content-Type"].startswith("application/json"), response.content
        return Answer(response.status_code, json.loads(response.content), response.headers)

    def get(self, path: str, **more: Any) -> Answer:
        return self.request("GET", path, **more)

    def delete(self, path: str) -> Answer:
        return self.request("DELETE", path)

    def post(self, path: str, data: Any) -> Answer:
        return self.request("POST", path, json.dumps(data))

    def submit(self, model: str = MODEL, **body: Any) -> Answer:
        return self.post(JOBS, {"model": model, "input": {"file": URL}} | body)

    def upload(
        self, content: bytes = b"RIFF, more or less", name: str = "call.wav", **fields: Any
    ) -> Answer:
        file = SimpleUploadedFile(name, content)
        headers = {"Authorization": f"Bearer {self.token}"}
        response = self.client.post(UPLOAD, {"file": file, **fields}, headers=headers)
        return Answer(response.status_code, json.loads(response.content), response.headers)
