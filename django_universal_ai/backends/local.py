"""The backend whose work is done in the project's own workers, by providers installed there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from django.core.checks import CheckMessage, Warning
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from ..contract import JobRequest, JobResponse, JobStatus, ModelId, Offer, feature_of
from ..contract.prices import check_usage, parse_prices
from ..exceptions import InvalidInput, ProviderError
from ..providers import Provider, ProviderRequest, ProviderResult, registry, runner
from . import rules
from .base import BaseBackend, RunResponse, keep_nothing
from .rules import Rule


class LocalBackend(BaseBackend):
    """Runs offline providers: no network, no key, no bill.

    Options: ``queue`` (the Celery queue of its jobs; a worker started without ``-Q`` serves it),
    ``time_limit`` (seconds for one run), ``memory_limit`` (bytes for each process of a run;
    ``None``: as much as there is), ``max_attempts`` (runs of a job whose worker was lost),
    ``providers`` (names to allow; ``None`` allows every installed one), ``public_url`` (root of
    this site, for links to files of results), ``files_live`` (seconds until such a file expires),
    ``prices`` (what a run costs, by model string and unit; without a price it is free).
    """

    runs_here = True
    defaults: ClassVar[dict[str, Any]] = {
        "queue": "universal_ai_local",
        "time_limit": 3600.0,
        "memory_limit": None,
        "max_attempts": 3,
        "providers": None,
        "public_url": None,
        "files_live": 604800.0,
        "prices": {},
    }
    rules: ClassVar[dict[str, Rule]] = {
        "queue": rules.TEXT,
        "time_limit": rules.SECONDS,
        "memory_limit": replace(rules.BYTES, optional=True),
        "max_attempts": rules.COUNT,
        "providers": replace(rules.NAMES, optional=True),
        "public_url": rules.ROOT,
        "files_live": rules.SECONDS,
    }

    def __init__(self, alias: str, options: dict[str, Any]) -> None:
        super().__init__(alias, options)
        self.queue = self.options["queue"]
        try:
            self.prices = parse_prices(self.options["prices"])
        except ValueError as error:
            where = f"settings.UNIVERSAL_AI[{alias!r}]['OPTIONS']['prices']"
            raise ImproperlyConfigured(f"{where}: {error}") from error

    def serves(self, model: ModelId) -> bool:
        return model.provider in self.names()

    def names(self) -> list[str]:
        """The providers that this backend runs, sorted."""
        allowed = self.options["providers"]
        return sorted(name for name in registry.providers() if allowed is None or name in allowed)

    def validate(self, request: JobRequest) -> None:
        model = request.model_id
        if model.provider not in self.names():
            raise InvalidInput(
                "model", f"There is no offline provider {model.provider!r}. {self._offer(model)}"
            )
        provider = registry.find(model.provider)
        if model.name not in provider.subfeatures:
            serves = ", ".join(sorted(provider.subfeatures))
            raise InvalidInput(
                "model",
                f"The offline provider {provider.name!r} does {serves}, not {model.name}. "
                f"{self._offer(model)}",
            )
        if what := registry.missing(provider):
            raise InvalidInput("model", what)
        if provider.makes_files and not _serves_files():
            raise InvalidInput(
                "model",
                f"{provider.name!r} makes files, and this site serves none: include "
                "django_universal_ai.urls in the URLconf.",
            )
        _refuse_unknown_params(provider, request.provider_params or {})

    def is_deterministic(self, model: ModelId) -> bool:
        provider = registry.providers().get(model.provider)
        return provider is not None and provider.deterministic

    def offers(self, model: ModelId) -> list[str]:
        able = [name for name in registry.who_serves(model.name) if name in self.names()]
        return [f"{model.name}/{name}" for name in able]

    def catalogue(self, name: str) -> list[Offer]:
        """Its work is free, and what can't run for want of a package isn't offered."""
        able = [key for key in registry.who_serves(name) if key in self.names()]
        ready = [key for key in able if registry.missing(registry.find(key)) is None]
        return [Offer(f"{name}/{key}", Decimal(0)) for key in ready]

    def _offer(self, model: ModelId) -> str:
        if able := self.offers(model):
            return f"There is: {', '.join(able)}."
        return (
            f"For {model.name} none is installed; installed: {', '.join(self.names()) or 'none'}."
        )

    def submit(self, request: JobRequest) -> JobResponse:
        """Run the job here and now. Inputs that are files must be paths."""
        feature = feature_of(request.model_id)
        # Of a feature that isn't known, any input may be one.
        names = feature.file_fields if feature else tuple(request.input)
        given = {name: request.input.get(name) for name in names}
        paths = {name: path for name, value in given.items() if (path := _path(value))}
        return self.run(request, paths)

    def run(
        self,
        request: JobRequest,
        files: Mapping[str, Path] | None = None,
        report: Callable[[float | None], None] = lambda progress: None,
        keep: Callable[[Path], str] = keep_nothing,
    ) -> JobResponse:
        model = request.model_id
        with TemporaryDirectory(prefix="universal-ai-run-") as folder:
            try:
                result = runner.run(
                    model.provider,
                    ProviderRequest(
                        feature=model.feature,
                        subfeature=model.subfeature,
                        model=model.model,
                        input=request.input,
                        files=dict(files or {}),
                        provider_params=request.provider_params or {},
                        show_original_response=request.show_original_response,
                        folder=Path(folder),
                    ),
                    timeout=self.options["time_limit"],
                    memory_limit=self.options["memory_limit"],
                    on_progress=report,
                    on_wait=lambda: report(None),
                )
                links = {name: keep(_inside(folder, path)) for name, path in result.files.items()}
            except ProviderError as error:
                return self._answer(model, error=error)
        result = replace(
            result,
            output={**result.output, **links},
            original_response=result.original_response if request.show_original_response else None,
        )
        return self._answer(model, result=result)

    def _answer(
        self,
        model: ModelId,
        *,
        result: ProviderResult | None = None,
        error: ProviderError | None = None,
    ) -> JobResponse:
        return RunResponse(
            public_id="local",  # the row's own id takes its place
            status=JobStatus.SUCCESS if result else JobStatus.FAIL,
            cost=result.cost if result else Decimal(0),
            provider=model.provider,
            feature=model.feature,
            subfeature=model.subfeature,
            model=model.model,
            output=result.output if result else None,
            original_response=result.original_response if result else None,
            error={"type": type(error).__name__, "message": str(error)} if error else None,
            usage=check_usage(result.usage) if result else {},
        )

    def check(self) -> list[CheckMessage]:
        wrong = super().check()
        if wrong:
            return wrong
        return [
            Warning(
                f"settings.UNIVERSAL_AI[{self.alias!r}] allows a provider {name!r} that isn't "
                "installed.",
                hint=f"Installed: {', '.join(registry.providers()) or 'none'}.",
                id="universal_ai.W002",
            )
            for name in self.options["providers"] or ()
            if name not in registry.providers()
        ]

    def close(self) -> None:
        runner.close()


def _path(value: Any) -> Path | None:
    """The file that a value names, if there is one."""
    try:
        return Path(value) if isinstance(value, str) and Path(value).is_file() else None
    except OSError:  # a text, too long for a name
        return None


def _refuse_unknown_params(provider: type[Provider], params: dict[str, Any]) -> None:
    """Raise :class:`InvalidInput` for a parameter that would be ignored."""
    for name in params:
        if provider.params is not None and name not in provider.params:
            near = get_close_matches(name, provider.params, n=1)
            known = ", ".join(sorted(provider.params)) or "none"
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {known}."
            raise InvalidInput(
                f"provider_params.{name}", f"{provider.name} has no such parameter. {hint}"
            )


def _serves_files() -> bool:
    try:
        reverse("universal_ai:file", args=["token"])
    except NoReverseMatch:
        return False
    return True


def _inside(folder: str, path: Path) -> Path:
    """The file, if it is one of the run's own: a provider gives out nothing else."""
    real = path.resolve()
    if not real.is_relative_to(Path(folder).resolve()) or not real.is_file():
        raise ProviderError(f"{path.name} is no file of this run.")
    return real
