"""A zip or a folder that is there when it is complete, for its owner's eyes alone."""

from __future__ import annotations

import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from .exits import misused


class Archive(ABC):
    """Takes files, one after the other."""

    @abstractmethod
    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A new file in it, to be written."""


class _Folder(Archive):
    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("xb")


class _Zip(Archive):
    def __init__(self, file: ZipFile) -> None:
        self._file = file

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return self._file.open(name, "w", force_zip64=True)


@contextmanager
def archive(path: Path) -> Iterator[Archive]:
    """Make a zip where ``path`` ends with ``.zip``, else a folder; what exists stays as it is.

    It is written beside its place and moved there at the end.
    """
    if path.exists():
        raise misused(f"{path} is there already. Name another place.")
    if not path.absolute().parent.is_dir():
        raise misused(f"There is no folder {path.absolute().parent}.")
    # Nobody else may read what is in it: 0700.
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.absolute().parent))
    try:
        if path.suffix.lower() == ".zip":
            whole = folder / path.name
            with (
                open(whole, "xb", opener=_for_us_alone) as raw,
                ZipFile(raw, "w", ZIP_DEFLATED) as z,
            ):
                yield _Zip(z)
        else:
            whole = folder
            yield _Folder(folder)
        whole.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _for_us_alone(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
