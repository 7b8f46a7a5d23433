"""The contract: what is answered to whom, without a word about sockets."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .answers import Answer, Refusal, invalid, json_answer, refusal
from .jobs import Job, Jobs, iso
from .limiter import Limiter, too_many_requests
from .multipart import Part
from .settings import Settings

SYNC = "/v3/universal-ai"
JOBS = "/v3/universal-ai/async"
UPLOAD = "/v3/upload"


@dataclass(slots=True)
class Request:
    """One request, with its body read."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    form: dict[str, Part] = field(default_factory=dict)
    #: The parsed body of a POST, once it was parsed.
    data: Any = None

    @property
    def bearer(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else ""


@dataclass(slots=True)
class Upload:
    """A file that was uploaded: what is told of it, and its digest."""

    account: str
    info: dict[str, Any]
    sha256: str
    #: The first mebibyte.
    start: bytes


class Service:
    """Answers requests out of its jobs and files."""

    def __init__(self, settings: Settings, jobs: Jobs) -> None:
        self.settings = settings
        self.jobs = jobs
        self.uploads: dict[str, Upload] = {}
        self._limiter = Limiter()
        self._lock = threading.Lock()

    def account(self, request: Request) -> str | None:
        return self.settings.keys.get(request.bearer)

    def handle(self, request: Request) -> Answer:
        """The answer to a request, carried out if it may be."""
        account = self.account(request)
        if account is None:
            return json_answer(401, {"detail": "Invalid authentication credentials"})
        if wait := self._limiter.wait_for(account, self.settings.rate_limit):
            return too_many_requests(self.settings.retry_after_form, wait)
        try:
            return self._route(request)(request, account)
        except Refusal as no:
            return no.answer

    def _route(self, request: Request) -> Callable[[Request, str], Answer]:
        routes: dict[str, dict[str, Callable[[Request, str], Answer]]] = {
            SYNC: {"POST": self.create_sync},
            JOBS: {"POST": self.create, "GET": self.list_jobs},
            UPLOAD: {"POST": self.upload},
        }
        found = routes.get(request.path)
        if found is None and request.path.startswith(f"{JOBS}/"):
            found = {"GET": self.detail, "DELETE": self.delete}
        if found is None:
            raise refusal(404, "Not Found")
        if request.method not in found:
            raise refusal(405, "Method Not Allowed")
        return found[request.method]

    def create(self, request: Request, account: str) -> Answer:
        body = self._job_body(request)
        self._check_file(body["input"], account)
        job = self.jobs.start(account, body)
        # As it began, however long this thread was held up since.
        told = job.detail(at=job.started_at)
        return json_answer(202, told, public_id=job.public_id, accepted=True)

    def create_sync(self, request: Request, account: str) -> Answer:
        """Answers when the work is done, which takes no time here, and tells no id."""
        body = self._job_body(request)
        self._check_file(body["input"], account)
        job = self.jobs.start(account, {**body, "provider_params": _at_once(body)})
        self.jobs.delete(job)  # it is in no list, and nobody can ask for it
        hidden = ("public_id", "model", "created_at")
        told = {name: value for name, value in job.detail().items() if name not in hidden}
        return json_answer(200, told, public_id=job.public_id, accepted=True)

    def _job_body(self, request: Request) -> dict[str, Any]:
        try:
            body = request.data = json.loads(request.body)
        except ValueError:
            raise invalid("body", msg="JSON decode error", kind="json_invalid") from None
        if not isinstance(body, dict):
            raise invalid("body", msg="Input should be a valid dictionary", kind="dict_type")
        for name, kind in (("model", str), ("input", dict)):
            if name not in body:
                raise invalid("body", name)
            if not isinstance(body[name], kind):
                raise invalid("body", name, msg=f"Input should be a {kind.__name__}", kind="type")
        if len(body.get("fallbacks") or []) > 3:
            raise invalid("body", "fallbacks", msg="List should have at most 3 items", kind="long")
        parts = body["model"].split("/", 3)
        if len(parts) < 3 or not all(part.strip() for part in parts):
            raise refusal(400, f"Invalid model: {body['model']}", "INVALID_MODEL")
        return body

    def _check_file(self, given: dict[str, Any], account: str) -> None:
        file = given.get("file")
        if not self.settings.check_files or not isinstance(file, str) or "://" in file:
            return
        upload = self.uploads.get(file)
        if upload is None or upload.account != account:
            raise refusal(400, f"File not found: {file}", "FILE_NOT_FOUND")

    def detail(self, request: Request, account: str) -> Answer:
        job = self._job(request, account)
        return json_answer(200, job.detail(), public_id=job.public_id)

    def delete(self, request: Request, account: str) -> Answer:
        job = self._job(request, account)
        self.jobs.delete(job)
        return json_answer(200, {"message": "Job deleted"}, public_id=job.public_id)

    def _job(self, request: Request, account: str) -> Job:
        public_id = request.path.removeprefix(f"{JOBS}/")
        try:
            uuid.UUID(public_id)
        except ValueError:
            raise invalid("path", "job_id", msg="Input should be a UUID", kind="uuid") from None
        job = self.jobs.find(account, public_id)
        if job is None:
            raise refusal(404, "Job not found")
        return job

    def list_jobs(self, request: Request, account: str) -> Answer:
        page = self._number(request, "page", 1, 10**9, 1)
        limit = self._number(request, "limit", 1, 1000, 100)
        wanted = {name: request.query.get(name) for name in ("feature", "subfeature")}
        items = [
            item
            for item in self.jobs.listed(account, request.query.get("status"))
            if all(value in (None, item[name]) for name, value in wanted.items())
        ]
        shown = items[(page - 1) * limit : page * limit]
        pages = -(-len(items) // limit)
        found = {"items": shown, "total": len(items), "page": page, "limit": limit}
        return json_answer(200, found | {"total_pages": pages})

    @staticmethod
    def _number(request: Request, name: str, low: int, high: int, default: int) -> int:
        text = request.query.get(name, str(default))
        if not text.isdecimal() or not low <= int(text) <= high:
            raise invalid("query", name, msg=f"Input should be {low} to {high}", kind="int")
        return int(text)

    def upload(self, request: Request, account: str) -> Answer:
        file = request.form.get("file")
        if file is None or file.file_name is None:
            raise invalid("body", "file")
        fields = {name: part.start.decode() for name, part in request.form.items() if part != file}
        days = fields.get("expires_in_days", "30")
        if not days.isdecimal() or not 1 <= int(days) <= 30:
            raise invalid("body", "expires_in_days", msg="Input should be 1 to 30", kind="int")
        if file.size > self.settings.max_upload:
            raise refusal(413, "File too large", "FILE_TOO_LARGE")
        now = datetime.now(UTC)
        info: dict[str, Any] = {
            "file_id": str(uuid.uuid4()),
            "file_name": file.file_name,
            "file_size": file.size,
            "file_mimetype": file.content_type or "application/octet-stream",
            "purpose": fields.get("purpose", "general"),
            "metadata": {},
            "created_at": iso(now),
            "expires_at": iso(now + timedelta(days=int(days))),
        }
        with self._lock:
            self.uploads[info["file_id"]] = Upload(account, info, file.sha256, file.start)
        return json_answer(200, info)


def _at_once(body: dict[str, Any]) -> dict[str, Any]:
    params = body.get("provider_params") or {}
    return {**params, "upstream": {**params.get("upstream", {}), "seconds": 0}}
