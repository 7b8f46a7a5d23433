"""The example site as its visitors use it: through its pages, and through the HTTP contract."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
from django.utils.html import strip_tags


class SiteError(Exception):
    """The site answered something else than it should; the message says what and where."""


class Browser:
    """Somebody with a session."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, follow_redirects=True, timeout=30)

    def close(self) -> None:
        self._client.close()

    def sign_in(self, name: str, password: str) -> None:
        """Sign in through the admin's form."""
        self._client.get("/admin/login/")
        self._post("/admin/login/", {"username": name, "password": password, "next": "/"})
        if "sessionid" not in self._client.cookies:
            raise SiteError(f"{name!r} couldn't sign in at /admin/login/.")

    def bring(self, path: Path) -> str:
        """Drop a file on the front page; returns the address of its document, without host."""
        self._client.get("/")
        with path.open("rb") as file:
            answer = self._post("/", {}, files={"file": (path.name, file)})
        return str(answer.json()["files"][0]["url"])

    def look(self, document: str) -> tuple[str, bool]:
        """What a document's page says: where its job stands, and whether all is done."""
        page = self.read(document)
        found = re.search(r'data-status="(\w*)"\s+data-settled="(yes|no)"', page)
        if found is None:
            raise SiteError(f"{document} doesn't say where its job stands.")
        return found[1], found[2] == "yes"

    def read(self, address: str) -> str:
        """A page."""
        return _expect(self._client.get(address)).text

    def words(self, address: str) -> str:
        """What a page says, without its tags."""
        return " ".join(strip_tags(self.read(address)).split())

    def _post(self, address: str, data: dict[str, str], **more: Any) -> httpx.Response:
        data["csrfmiddlewaretoken"] = self._client.cookies["csrftoken"]
        headers = {"Accept": "application/json"}
        return _expect(self._client.post(address, data=data, headers=headers, **more))


class ApiClient:
    """Somebody with a token, who knows nothing of Django."""

    def __init__(self, address: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=f"{address}/v3", headers=headers, timeout=30)

    def close(self) -> None:
        self._client.close()

    def upload(self, path: Path) -> str:
        """``POST /v3/upload``; returns the file's id."""
        with path.open("rb") as file:
            answer = _expect(self._client.post("/upload", files={"file": (path.name, file)}))
        return str(answer.json()["file_id"])

    def submit(self, model: str, **given: Any) -> dict[str, Any]:
        """``POST /v3/universal-ai/async``; returns the job."""
        body = {"model": model, "input": given}
        answer = _expect(self._client.post("/universal-ai/async", json=body), 202)
        return answer.json()  # type: ignore[no-any-return]

    def get(self, public_id: str) -> dict[str, Any]:
        """``GET /v3/universal-ai/async/{public_id}``."""
        answer = _expect(self._client.get(f"/universal-ai/async/{public_id}"))
        return answer.json()  # type: ignore[no-any-return]


def _expect(response: httpx.Response, *statuses: int) -> httpx.Response:
    if response.status_code in (statuses or (200, 201)):
        return response
    request = response.request
    raise SiteError(
        f"{request.method} {request.url.path} answered {response.status_code}: "
        f"{response.text[:500]}"
    )
