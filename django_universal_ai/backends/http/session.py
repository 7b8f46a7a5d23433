"""One conversation with a service: the key, the connections, the limits, the errors."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import httpx

from ... import __version__, telemetry
from ...contract import redact
from ...contract.sealed import SealedDict
from ...exceptions import AuthenticationFailed, BackendError, NotSent, OutcomeUnknown, Rejected
from .certificates import trusted
from .clients import Clients
from .deadline import time_limit, watch
from .errors import failure, refusal
from .reply import Model, Reply, Unreadable, read

#: A shorter "key" is a word, and taking it out of a message would only garble it.
_SHORTEST_KEY = 6
_QUOTES = "\"'`"


class Session:
    """Sends requests, each at most once, and raises what went wrong as a ``BackendError``.

    Errors of httpx are turned into values before they are raised: neither the context of ours nor
    the frames of its traceback hold the headers with the key, which debug pages would show.
    """

    def __init__(self, alias: str, options: dict[str, Any]) -> None:
        self.key_setting = f'UNIVERSAL_AI["{alias}"]["OPTIONS"]["api_key"]'
        self.base_url = str(options["base_url"]).rstrip("/")
        self._options = options
        self._key = str(options["api_key"] or "").strip()
        self._clients = Clients(self._make_client)

    @property
    def key_problem(self) -> str | None:
        """Why the key can't be used, and what to do about it; never the key."""
        if not self._key:
            return f"{self.key_setting} is not set"
        if not (self._key.isascii() and self._key.isprintable()):
            return f"{self.key_setting} holds characters that no HTTP header can hold"
        if self._key.lower().startswith("bearer "):
            return f"{self.key_setting} begins with 'Bearer', which is added to it"
        if " " in self._key or self._key[0] in _QUOTES:
            return f"{self.key_setting} holds a blank or begins with a quotation mark"
        return None

    @property
    def account(self) -> str:
        """Names the account without telling the key."""
        return "http-" + sha256(f"{self.base_url}\n{self._key}".encode()).hexdigest()[:16]

    def _make_client(self, limits: httpx.Limits) -> httpx.Client:
        connect, silence = self._options["connect_timeout"], self._options["read_timeout"]
        client = httpx.Client(
            headers={
                "Authorization": f"Bearer {self._key}",
                "User-Agent": f"django-universal-ai/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            },
            timeout=httpx.Timeout(connect=connect, pool=connect, read=silence, write=silence),
            limits=limits,
            verify=trusted(),
            follow_redirects=False,
            transport=self._options["transport"],
        )
        if self._options["transport"] is None:
            watch(client)
        return client

    def get(self, path: str, model: type[Model], **params: Any) -> Model:
        """GET something and read it as ``model``."""
        return self._parse(self._send("GET", path, SealedDict(params=params)), model)

    def post_json(
        self, path: str, data: Any, model: type[Model], *, timeout: str = "total_timeout"
    ) -> Model:
        """POST ``data`` and read the answer as ``model``; ``timeout`` names an option."""
        headers = {"Content-Type": "application/json"}
        content = SealedDict(content=_json(data), headers=headers)
        reply = self._send("POST", path, content, fresh=True, timeout=timeout)
        return self._parse(reply, model)

    def post_file(self, path: str, model: type[Model], *, file: Any, data: Any) -> Model:
        """POST a form with a file, as httpx takes it, and read the answer as ``model``."""
        content = SealedDict(files={"file": file}, data=data)
        reply = self._send("POST", path, content, fresh=True, timeout="upload_timeout")
        return self._parse(reply, model)

    def delete(self, path: str) -> None:
        """DELETE something; what the answer says beside its status doesn't matter."""
        self._send("DELETE", path, SealedDict())

    def warm_up(self) -> None:
        """Make the clients, and read the certificates that they trust: a twentieth of a second."""
        for fresh in (True, False):
            self._clients.get(fresh=fresh)

    def close(self) -> None:
        self._clients.close()

    def _send(
        self,
        method: str,
        path: str,
        content: SealedDict,
        *,
        fresh: bool = False,
        timeout: str = "total_timeout",
    ) -> Reply:
        """The reply to a request that succeeded; anything else raises.

        ``fresh``: over a connection of its own. One that was kept may turn out to be closed by
        the other side just when the request is under way, and then nobody knows what became of it.
        """
        if problem := self.key_problem:
            raise AuthenticationFailed(problem)
        outcome = self._attempt(method, path, fresh, timeout, content)
        if isinstance(outcome, Reply) and outcome.is_success:
            return outcome
        error = refusal(outcome, self.key_setting) if isinstance(outcome, Reply) else outcome
        error.args = (self._without_key(str(error)),)
        raise error

    def _attempt(
        self, method: str, path: str, fresh: bool, timeout: str, content: SealedDict
    ) -> Reply | BackendError:
        try:
            client = self._clients.get(fresh=fresh)
            # Who is asked may belong to the same trace: another site's gateway, for one.
            content["headers"] = telemetry.headers() | content.get("headers", {})
            request = client.build_request(method, self.base_url + path, **content)
        except (httpx.InvalidURL, ImportError, OSError, TypeError, ValueError) as error:
            return NotSent(f"The request couldn't be made ({_told(error)})")
        is_upload = "files" in content
        if timeout == "sync_timeout":  # the service is silent while it works
            request.extensions["timeout"]["read"] = self._options[timeout]
        try:
            with time_limit(self._options[timeout]):
                return self._exchange(client, request)
        except httpx.HTTPError as error:
            return failure(error)
        except (OSError, ValueError) as error:
            # What the network does arrives as httpx's errors: this is a file that can't be read.
            # In any other request it's a surprise, and it may have been carried out.
            if is_upload:
                return NotSent(f"The file couldn't be read ({_told(error)})")
            return OutcomeUnknown(f"The exchange broke ({_told(error)})")

    def _exchange(self, client: httpx.Client, request: httpx.Request) -> Reply | BackendError:
        response = client.send(request, stream=True)
        try:
            return read(response, self._options["max_response_bytes"])
        except Unreadable as error:
            return _unreadable(response.status_code, error)
        finally:
            response.close()

    def _parse(self, reply: Reply, model: type[Model]) -> Model:
        try:
            return reply.parse(model)
        except Unreadable as error:
            problem = _unreadable(reply.status, error)
        raise problem

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "[redacted]") if len(self._key) >= _SHORTEST_KEY else text


def _json(data: Any) -> bytes:
    try:
        # ASCII, so that a half of a surrogate pair is the service's to judge and no crash here.
        return json.dumps(data, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise Rejected(f"The request can't be written as JSON ({_told(error)})") from None


def _unreadable(status: int, error: Unreadable) -> OutcomeUnknown:
    return OutcomeUnknown(f"The service answered {status}, but {error}", status_code=status)


def _told(error: Exception) -> str:
    return redact(f"{type(error).__name__}: {error}")[:300]
