"""What a test says should become of its jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from ..backends.http.errors import error_class
from ..contract import JobRequest, JobStatus, matches, sample_output
from ..exceptions import BackendError, NotSent, OutcomeUnknown, RateLimited


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one request."""

    #: Why the service doesn't take it.
    refusal: BackendError | None = None
    #: Whether the service has the job. Where there is a refusal as well, its reply was lost.
    is_taken: bool = True

    status: JobStatus = JobStatus.SUCCESS
    #: What is missing is made up after the schema of the subfeature.
    output: Any = None
    error: dict[str, Any] | None = None
    original_response: Any = None
    cost: Decimal = Decimal(0)
    #: Looks at the job that find it at work.
    polls: int = 0
    #: Looks never find its end: only a webhook tells it.
    only_by_webhook: bool = False

    def output_of(self, name: str) -> Any:
        """The output for a ``feature/subfeature``."""
        if self.status != JobStatus.SUCCESS:
            return None
        made_up = sample_output(name)
        if isinstance(made_up, dict) and isinstance(self.output, dict):
            return made_up | self.output
        return made_up if self.output is None else self.output


@dataclass
class Rule:
    """What becomes of the requests that fit, one after the other; the last outcome stays.

    Each method adds an outcome and returns the rule::

        universal_ai.on("ocr/ocr_async").rate_limit(retry_after=5).succeed({"raw_text": "Hello"})
    """

    pattern: str
    when: Callable[[JobRequest], bool]
    outcomes: list[Outcome] = field(default_factory=list)
    _next: int = 0

    def succeed(
        self,
        output: Any = None,
        *,
        cost: Decimal | str | int = 0,
        polls: int = 0,
        original_response: Any = None,
        only_by_webhook: bool = False,
    ) -> Rule:
        """The job succeeds. What isn't given of the output is made up after its schema.

        ``polls`` looks find it still at work. ``only_by_webhook``: all of them do, until
        :meth:`.UniversalAI.post_webhook` tells the end.
        """
        return self._add(
            output=output,
            cost=Decimal(cost),
            polls=polls,
            original_response=original_response,
            only_by_webhook=only_by_webhook,
        )

    def fail(
        self,
        message: str = "The file can't be read.",
        *,
        type: str = "provider_error",
        cost: Decimal | str | int = 0,
        polls: int = 0,
        only_by_webhook: bool = False,
    ) -> Rule:
        """The service takes the job, and it fails."""
        return self._add(
            status=JobStatus.FAIL,
            error={"type": type, "message": message},
            cost=Decimal(cost),
            polls=polls,
            only_by_webhook=only_by_webhook,
        )

    def refuse(self, message: str = "The request is no good.", *, status_code: int = 422) -> Rule:
        """The service answers with an error, and doesn't have the job.

        What the engine makes of a status is what it makes of a real service's: 401, 402 and 403
        refuse the account, 429 is a rate limit, and other 4xx refuse the request for good. 5xx,
        408 and 425 don't tell that it wasn't carried out: the job is ``uncertain``.
        """
        error = error_class(status_code)(message, status_code=status_code)
        return self._add(refusal=error, is_taken=False)

    def rate_limit(self, retry_after: float = 1.0) -> Rule:
        """429: the account has to wait for so many seconds."""
        error = RateLimited("Too many requests.", status_code=429, retry_after=retry_after)
        return self._add(refusal=error, is_taken=False)

    def be_unreachable(self) -> Rule:
        """The request never arrives."""
        return self._add(refusal=NotSent("Connection refused."), is_taken=False)

    def lose_reply(self, *, arrived: bool = True) -> Rule:
        """Nobody can tell what became of the request: the job is ``uncertain``.

        ``arrived``: the service has the job nonetheless, and works on it as the next outcome says.
        """
        return self._add(refusal=OutcomeUnknown("The reply was lost."), is_taken=arrived)

    def _add(self, **outcome: Any) -> Rule:
        self.outcomes.append(Outcome(**outcome))
        return self

    def fits(self, request: JobRequest) -> bool:
        """Whether the rule is about this request."""
        return matches(request.model, self.pattern) and self.when(request)

    def take(self) -> Outcome:
        """The outcome of the next request."""
        if not self.outcomes:
            return Outcome()
        outcome = self.outcomes[min(self._next, len(self.outcomes) - 1)]
        self._next += 1
        if outcome.refusal is not None and outcome.is_taken:
            end = next(self._ends(), Outcome())
            return replace(end, refusal=outcome.refusal)
        return outcome

    def _ends(self) -> Iterator[Outcome]:
        return (each for each in self.outcomes[self._next :] if each.refusal is None)


class Script:
    """The rules of one test, the newest first."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(self, pattern: str, when: Callable[[JobRequest], bool] | None) -> Rule:
        rule = Rule(pattern, when or (lambda request: True))
        self._rules.insert(0, rule)
        return rule

    def take(self, request: JobRequest) -> Outcome:
        """What becomes of a request; success where no rule fits."""
        for rule in self._rules:
            if rule.fits(request):
                return rule.take()
        return Outcome()
