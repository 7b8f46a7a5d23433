"""The backend whose work is done in the project's own workers, by providers installed there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from django.core.checks import CheckMessage, Warning

from ..contract import JobRequest, JobResponse, JobStatus, ModelId
from ..exceptions import InvalidInput, ProviderError
from ..providers import ProviderRequest, ProviderResult, registry, runner
from .base import BaseBackend


class LocalBackend(BaseBackend):
    """Runs offline providers: no network, no key, no bill.

    Options: ``queue`` (the Celery queue of its jobs; a worker started without ``-Q`` serves it),
    ``time_limit`` (seconds for one run), ``max_attempts`` (runs of a job whose worker was lost),
    ``providers`` (names to allow; ``None`` allows every installed one).
    """

    runs_here = True
    defaults: ClassVar[dict[str, Any]] = {
        "queue": "universal_ai_local",
        "time_limit": 3600.0,
        "max_attempts": 3,
        "providers": None,
    }

    def __init__(self, alias: str, options: dict[str, Any]) -> None:
        super().__init__(alias, options)
        self.queue = self.options["queue"]

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

    def is_deterministic(self, model: ModelId) -> bool:
        provider = registry.providers().get(model.provider)
        return provider is not None and provider.deterministic

    def offers(self, model: ModelId) -> list[str]:
        able = [name for name in registry.who_serves(model.name) if name in self.names()]
        return [f"{model.name}/{name}" for name in able]

    def _offer(self, model: ModelId) -> str:
        if able := self.offers(model):
            return f"There is: {', '.join(able)}."
        return (
            f"For {model.name} none is installed; installed: {', '.join(self.names()) or 'none'}."
        )

    def submit(self, request: JobRequest) -> JobResponse:
        """Run the job here and now. Inputs that are files must be paths."""
        paths = {
            name: Path(value)
            for name, value in request.input.items()
            if isinstance(value, str) and Path(value).is_file()
        }
        return self.run(request, paths)

    def run(
        self,
        request: JobRequest,
        files: Mapping[str, Path] | None = None,
        report: Callable[[float | None], None] = lambda progress: None,
    ) -> JobResponse:
        model = request.model_id
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
                ),
                timeout=self.options["time_limit"],
                on_progress=report,
                on_wait=lambda: report(None),
            )
        except ProviderError as error:
            return self._answer(model, error=error)
        return self._answer(model, result=result)

    def _answer(
        self,
        model: ModelId,
        *,
        result: ProviderResult | None = None,
        error: ProviderError | None = None,
    ) -> JobResponse:
        return JobResponse(
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
        )

    def check(self) -> list[CheckMessage]:
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
