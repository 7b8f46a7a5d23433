"""The remote Universal AI service, over HTTP."""

from __future__ import annotations

from pathlib import PurePath
from typing import IO, Any, ClassVar
from urllib.parse import quote

from django.core.checks import CheckMessage, Error, Warning
from pydantic import ValidationError

from ...contract import (
    FEATURES,
    FileInfo,
    JobList,
    JobRequest,
    JobResponse,
    ModelId,
    Offer,
    SyncResponse,
    UploadOptions,
    feature_of,
)
from ...contract.validation import invalid_input
from ...exceptions import InvalidInput, NotFound
from .. import rules
from ..base import BaseBackend
from ..rules import Rule
from .base_url import problem_of, sends_in_clear
from .session import Session

SYNC = "/v3/universal-ai"
JOBS = "/v3/universal-ai/async"
UPLOAD = "/v3/upload"


class HTTPBackend(BaseBackend):
    """Hands jobs to a service that speaks the Universal AI contract.

    Whether a request was carried out decides the error: see
    :mod:`django_universal_ai.exceptions`. Nothing is sent twice, no redirect is followed.
    """

    can_get = True
    can_list = True
    list_pause = 1.0
    can_delete = True
    can_upload = True

    defaults: ClassVar[dict[str, Any]] = {
        #: Bearer token of the account.
        "api_key": "",
        #: Where ``/v3`` begins; ``https://api.eu.edenai.run`` keeps data in the EU.
        "base_url": "https://api.edenai.run",
        #: Requests per second that the account may make, over all processes and hosts.
        "rate_limit": 10,
        #: Requests that one worker may have under way at once.
        "concurrency": 8,
        #: Looks at one job, on average, where jobs are looked at singly.
        "looks": 3,
        #: Public root of this site; ``None``: no webhooks, jobs are polled.
        "webhook_url": None,
        #: The service's public keys, as PEM texts or paths of PEM files.
        "webhook_public_keys": (),
        #: Whether a cost that a webhook didn't tell is asked for, when there is time.
        "fetch_cost": True,
        #: Names of providers whose jobs come here without ``using=``.
        "providers": (),
        #: Seconds to get a connection, TLS included.
        "connect_timeout": 5,
        #: Seconds of silence after which a request has failed.
        "read_timeout": 30,
        #: Seconds for one whole request, from the first to the last byte.
        "total_timeout": 60,
        #: The same, and for the silence, where the answer comes when the work is done.
        "sync_timeout": 180,
        #: The same for an upload.
        "upload_timeout": 600,
        #: Bytes; a longer answer is refused.
        "max_response_bytes": 64 * 1024**2,
        #: An ``httpx.BaseTransport`` in place of the network; ``total_timeout`` ends at its door.
        "transport": None,
    }
    rules: ClassVar[dict[str, Rule]] = {
        "rate_limit": rules.RATE,
        "concurrency": rules.COUNT,
        "looks": rules.RATE,
        "fetch_cost": rules.SWITCH,
        "providers": rules.NAMES,
        "connect_timeout": rules.SECONDS,
        "read_timeout": rules.SECONDS,
        "total_timeout": rules.SECONDS,
        "sync_timeout": rules.SECONDS,
        "upload_timeout": rules.SECONDS,
        "max_response_bytes": rules.BYTES,
    }

    def __init__(self, alias: str, options: dict[str, Any]) -> None:
        super().__init__(alias, options)
        self._session = Session(alias, self.options)

    @property
    def account(self) -> str:
        return self._session.account

    def serves(self, model: ModelId) -> bool:
        return model.provider in self.options["providers"]

    def catalogue(self, name: str) -> tuple[Offer, ...]:
        """What the service told when the typed features were generated; it isn't asked."""
        feature = FEATURES.get(name)
        return () if feature is None or self._session.key_problem else feature.offers

    def validate(self, request: JobRequest) -> None:
        if self._session.key_problem:
            raise InvalidInput(
                "model",
                f"{request.model!r} would go to the remote service, but its backend "
                f"{self.alias!r} has no usable api_key.",
            )

    def submit(self, request: JobRequest) -> JobResponse:
        """POST the job to the endpoint of its feature; unknown features are asynchronous.

        A synchronous one is over with the answer, which tells no ``public_id``.
        """
        if not _is_sync(request.model_id):
            return self._session.post_json(JOBS, request.body(), JobResponse)
        return self._session.post_json(
            SYNC, request.sync_body(), SyncResponse, timeout="sync_timeout"
        )

    def submit_timeout(self, model: ModelId) -> float:
        return float(self.options["sync_timeout" if _is_sync(model) else "total_timeout"])

    def get(self, public_id: str) -> JobResponse:
        return self._session.get(_job(public_id), JobResponse)

    def list_jobs(
        self,
        *,
        status: str | None = None,
        feature: str | None = None,
        subfeature: str | None = None,
        page: int = 1,
        limit: int = 1000,
    ) -> JobList:
        wanted = {"status": status, "feature": feature, "subfeature": subfeature}
        given = {name: value for name, value in wanted.items() if value}
        return self._session.get(JOBS, JobList, page=page, limit=limit, **given)

    def delete(self, public_id: str) -> None:
        self._session.delete(_job(public_id))

    def upload(
        self,
        file: IO[bytes],
        *,
        name: str,
        content_type: str = "",
        purpose: str = "general",
        expires_in_days: int = 30,
    ) -> FileInfo:
        try:
            options = UploadOptions(purpose=purpose, expires_in_days=expires_in_days)
        except ValidationError as error:
            raise invalid_input(error) from None
        # The folders of a name are nobody's business. Without a type, httpx tells it by the name.
        part = (PurePath(name).name or "file", file, content_type or None)
        return self._session.post_file(UPLOAD, FileInfo, file=part, data=options.model_dump())

    def check(self) -> list[CheckMessage]:
        messages = super().check()
        if problem := self._session.key_problem:
            hint = "Set a key, or use the local backend, which needs none."
            messages.append(Warning(f"{problem}.", hint=hint, id="universal_ai.W001"))
        if problem := problem_of(self._session.base_url):
            hint = f'Use a root like "{self.defaults["base_url"]}".'
            says = f"{self._where('base_url')} {problem}."
            messages.append(Error(says, hint=hint, id="universal_ai.E010"))
        return messages

    def check_deployment(self) -> list[CheckMessage]:
        if not sends_in_clear(self._session.base_url):
            return []
        says = (
            f"{self._where('base_url')} is http: key, files and results go over the net unhidden."
        )
        return [Warning(says, hint="Use https.", id="universal_ai.W018")]

    def _where(self, option: str) -> str:
        return f'UNIVERSAL_AI["{self.alias}"]["OPTIONS"]["{option}"]'

    def warm_up(self) -> None:
        self._session.warm_up()

    def close(self) -> None:
        self._session.close()


def _is_sync(model: ModelId) -> bool:
    feature = feature_of(model)
    return feature is not None and feature.mode == "sync"


def _job(public_id: str) -> str:
    if public_id in ("", ".", ".."):
        raise NotFound(f"{public_id!r} is no job id")
    return f"{JOBS}/{quote(public_id, safe='')}"
