"""Providers of a made-up third party, which do what a request tells them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from django_universal_ai.exceptions import ProviderError
from django_universal_ai.providers import Provider, ProviderRequest, ProviderResult


class Absent(Provider):
    """Needs what isn't installed."""

    name: ClassVar[str] = "absent"
    subfeatures: ClassVar[frozenset[str]] = frozenset({"text/act"})
    requires: ClassVar[tuple[str, ...]] = ("json", "surely_not_installed")

    def run(self, request: ProviderRequest, progress: Callable[[float], None]) -> ProviderResult:
        raise AssertionError


class Actor(Provider):
    """``input.do`` names the method that is run."""

    name: ClassVar[str] = "actor"
    subfeatures: ClassVar[frozenset[str]] = frozenset({"text/act", "text/other"})
    environment: ClassVar[frozenset[str]] = frozenset({"ACTOR_KEY"})

    def run(self, request: ProviderRequest, progress: Callable[[float], None]) -> ProviderResult:
        act: Callable[..., Any] = getattr(self, request.input["do"])
        output = {"pid": os.getpid(), "said": act(request, progress)}
        return ProviderResult(output, original_response=[1], cost=Decimal("0.0125"))

    def echo(self, request: ProviderRequest, _: object) -> object:
        files = {name: path.read_text() for name, path in request.files.items()}
        return [request.name, request.model, request.provider_params, files]

    def environ(self, *_: object) -> object:
        return dict(os.environ)

    def count(self, _: object, progress: Callable[[float], None]) -> object:
        for share in (0.1, 0.101, 0.5, 0.4, 0.9, 7.0):
            progress(share)
        return None

    def make_noise(self, *_: object) -> object:
        sys.stdout.write("noise by print\n")
        sys.stdout.flush()
        os.write(1, b"noise by a C library\n")
        subprocess.run([sys.executable, "-c", "print('noise by a child')"], check=True)
        return sys.stdin.read()

    def refuse(self, *_: object) -> object:
        raise ProviderError("This text is in verse.")

    def blunder(self, *_: object) -> object:
        raise KeyError("no such thing")

    def answer_nan(self, *_: object) -> object:
        return float("nan")

    def abort(self, *_: object) -> None:
        os.write(2, "last words: é\n\n".encode())
        os.abort()

    def quit(self, *_: object) -> None:
        os._exit(7)

    def kill(self, *_: object) -> None:
        os.kill(os.getpid(), 9)

    def hang(self, _: object, progress: Callable[[float], None]) -> object:
        progress(0.5)
        return threading.Event().wait()

    def hang_with_helper(
        self, request: ProviderRequest, progress: Callable[[float], None]
    ) -> object:
        helper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        request.files["pids"].write_text(f"{os.getpid()} {helper.pid}")
        return self.hang(request, progress)

    def die_beside_helper(self, request: ProviderRequest, _: object) -> None:
        helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        request.files["pids"].write_text(f"{os.getpid()} {helper.pid}")
        os.kill(os.getpid(), 9)

    def eat(self, request: ProviderRequest, _: object) -> object:
        return len(bytearray(request.input["bytes"]))

    def eat_in_c(self, request: ProviderRequest, _: object) -> object:
        os.write(2, b"terminate called after throwing an instance of 'std::bad_alloc'\n")
        os.abort()


class Scribe(Provider):
    """Writes ``input.text`` into a file, or names one that isn't its own (``input.path``)."""

    name: ClassVar[str] = "scribe"
    subfeatures: ClassVar[frozenset[str]] = frozenset({"text/act"})
    params: ClassVar[frozenset[str]] = frozenset({"margin", "paper"})
    makes_files: ClassVar[bool] = True

    def run(self, request: ProviderRequest, progress: Callable[[float], None]) -> ProviderResult:
        path = request.folder / "note.txt"
        path.write_text(request.input["text"])
        other = request.input.get("path")
        return ProviderResult({"link": None}, files={"link": Path(other) if other else path})
