"""What a provider is: its interface, what it is given and what it gives back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from ..contract.prices import check_usage
from ..exceptions import ProviderError

#: Told how much of the work is done, from 0.0 to 1.0.
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """One job's request, as a provider sees it."""

    feature: str
    """For example ``ocr``."""

    subfeature: str
    """For example ``ocr_async``."""

    model: str | None = None
    """The part of the model string after the provider, if there is one."""

    input: dict[str, Any] = field(default_factory=dict, repr=False)
    """The request's ``input`` as it was sent; ``files`` holds the files that it names."""

    files: dict[str, Path] = field(default_factory=dict)
    """Each file field of ``input`` as a readable local path; its last part is the name to show."""

    provider_params: dict[str, Any] = field(default_factory=dict, repr=False)
    """Settings of this provider alone. Names outside :attr:`Provider.params` don't get here."""

    show_original_response: bool = False
    """Whether ``ProviderResult.original_response`` is wanted."""

    folder: Path = Path()
    """An empty folder for the files that the run makes; it is gone after the run."""

    @property
    def name(self) -> str:
        """``feature/subfeature``."""
        return f"{self.feature}/{self.subfeature}"

    def file(self, field_name: str = "file") -> Path:
        """The path of a file that the provider can't do without.

        Raises :class:`~django_universal_ai.exceptions.ProviderError` when it wasn't given, is
        gone, or is empty.
        """
        path = self.files.get(field_name)
        if path is None:
            raise ProviderError(f"input.{field_name} is missing: give a file.")
        if not path.is_file():
            raise ProviderError(f"{path.name} is not there any more: upload it again.")
        if path.stat().st_size == 0:
            raise ProviderError(f"{path.name} is empty (0 bytes).")
        return path


@dataclass(frozen=True, slots=True)
class ProviderResult:
    """What came out of a run."""

    output: dict[str, Any] = field(repr=False)
    """The feature's output, field by field as the contract documents it. Must be JSON."""

    original_response: Any = field(default=None, repr=False)
    """What the engine itself said, as JSON; only when the request asked for it."""

    cost: Decimal = Decimal(0)
    """In credits; offline work is free. A price that the host has set takes its place."""

    usage: Mapping[str, int | float | Decimal] = field(default_factory=dict)
    """What the run used, for prices: so many of ``page``, ``second``, ``character``, ``token``."""

    def __post_init__(self) -> None:
        check_usage(self.usage)

    files: dict[str, Path] = field(default_factory=dict)
    """Files in the run's ``folder`` by the output field that is to hold a link to each."""


class Provider(ABC):
    """One engine that can do a job's work on this machine.

    Subclass it in one file and name the class under the entry point group
    ``django_universal_ai.providers``. The module must import fast: heavy imports belong into
    ``run``. One instance lives in one child process and serves one run at a time, so what is slow
    to build (models) may be kept on ``self``.
    """

    #: The third part of the model string: ``ocr/ocr_async/rapidocr``.
    name: ClassVar[str]
    #: The ``feature/subfeature`` names that it serves.
    subfeatures: ClassVar[frozenset[str]]
    #: The extra of django-universal-ai that installs it; empty for providers of other packages.
    extra: ClassVar[str] = ""
    #: Top-level modules that must be installed for it to run.
    requires: ClassVar[tuple[str, ...]] = ()
    #: Programs that must be on the path for it to run, and how they get there, as a sentence.
    programs: ClassVar[tuple[str, ...]] = ()
    hint: ClassVar[str] = ""
    #: The names that ``provider_params`` may have; ``None`` where it looks at them itself.
    params: ClassVar[frozenset[str] | None] = None
    #: Whether its results have ``files``.
    makes_files: ClassVar[bool] = False
    #: Environment variables that it needs although their names look like secrets.
    environment: ClassVar[frozenset[str]] = frozenset()

    #: Whether the same input and parameters always give the same output. Then the gateway may
    #: answer from an earlier job, where its ``CACHE_SECONDS`` is set.
    deterministic: ClassVar[bool] = False

    @abstractmethod
    def run(self, request: ProviderRequest, progress: Progress) -> ProviderResult:
        """Do the work and return its result.

        Raises :class:`~django_universal_ai.exceptions.ProviderError` for input that can't be
        used, with a sentence that tells the user what is wrong with it and what to do.
        """
