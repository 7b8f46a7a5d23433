"""What a backend is: who does the work of a job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, ClassVar

from django.core.checks import CheckMessage, Error
from pydantic import Field

from ..contract import FileInfo, JobList, JobRequest, JobResponse, ModelId, Offer
from ..contract.prices import Prices
from ..contract.sealed import SealedDict
from ..exceptions import ProviderError
from .rules import Rule


def keep_nothing(path: Path) -> str:
    """Where only the output is wanted, a file that came out can't be given to anybody."""
    raise ProviderError(f"{path.name} came out, and nobody keeps it: submit a job instead.")


class RunResponse(JobResponse):
    """How a run here ended, and what it used; the host's prices make a cost of that."""

    usage: dict[str, Decimal] = Field(default_factory=dict, exclude=True)


class BaseBackend:
    """One entry of ``settings.UNIVERSAL_AI``.

    Subclass it in one file and name the class as ``BACKEND``. ``submit`` is all that a backend
    must have; the flags say what else it can do.
    """

    #: ``get`` tells the state of a job that ``submit`` left unfinished.
    can_get: ClassVar[bool] = False
    #: ``list_jobs`` tells the state of many jobs in one request.
    can_list: ClassVar[bool] = False
    #: Seconds from one reading of the list to the next one, at least.
    list_pause: ClassVar[float] = 0.0
    #: ``delete`` removes a job and its results from the service.
    can_delete: ClassVar[bool] = False
    #: ``upload`` takes files; without it, ``input`` keeps the ids of Django's stored files.
    can_upload: ClassVar[bool] = False
    #: ``submit`` does the work itself, in the calling process, for as long as it takes. Running it
    #: twice costs nothing, so a job whose worker was killed is simply run again.
    runs_here: ClassVar[bool] = False
    #: Seconds from submission until the first look at a job, as long as nothing was learned of
    #: how long such jobs take.
    first_look: ClassVar[float] = 1.0
    #: Celery queue for the jobs of this backend; ``None`` is the project's default queue.
    queue: str | None = None
    #: Options that ``OPTIONS`` may hold, with their defaults.
    defaults: ClassVar[dict[str, Any]] = {}
    #: What their values must be like, for the system checks.
    rules: ClassVar[dict[str, Rule]] = {}
    #: What runs here cost, by model string and unit: see ``contract/prices.py``.
    prices: Mapping[str, Prices] = {}

    def __init__(self, alias: str, options: dict[str, Any]) -> None:
        self.alias = alias
        self.options = SealedDict({**self.defaults, **options})

    @property
    def account(self) -> str:
        """The name under which processes share this backend's limits. Holds no secret."""
        return self.alias

    @property
    def is_service(self) -> bool:
        """Whether the work is done elsewhere.

        A service is asked for models that nobody declares, tries the fallbacks that go along with
        a request, and sees files that aren't in the project's storage.
        """
        return not self.runs_here

    @property
    def rate_limit(self) -> float | None:
        """Requests per second that the account allows; ``None`` where nobody counts."""
        return self.options.get("rate_limit")

    @property
    def concurrency(self) -> int:
        """How many requests one worker may have under way at once."""
        return int(self.options.get("concurrency", 1))

    @property
    def fetches_costs(self) -> bool:
        """Whether costs are asked for that weren't told with the result."""
        return self.can_get and bool(self.options.get("fetch_cost", True))

    @property
    def looks(self) -> float:
        """Looks at one job, on average, that its due times are planned for at most."""
        return float(self.options.get("looks", 3.0))

    def serves(self, model: ModelId) -> bool:
        """Whether this backend declares the model's provider as its own."""
        return False

    def is_deterministic(self, model: ModelId) -> bool:
        """Whether the same request for this model always gets the same answer."""
        return False

    def offers(self, model: ModelId) -> list[str]:
        """Model strings by which this backend would do what ``model`` asks, for error messages."""
        return []

    def catalogue(self, name: str) -> Iterable[Offer]:
        """The models that it knows for a ``feature/subfeature``, with what they cost."""
        return ()

    def validate(self, request: JobRequest) -> None:
        """Refuse what can't work, before anything is saved or paid.

        Raises :class:`~django_universal_ai.exceptions.InvalidInput`.
        """

    def submit(self, request: JobRequest) -> JobResponse:
        """Hand the job over. Raises :class:`~django_universal_ai.exceptions.BackendError`."""
        raise NotImplementedError

    def submit_timeout(self, model: ModelId) -> float:
        """Seconds after which ``submit`` has surely ended for a job of ``model``."""
        return float(self.options.get("total_timeout", 60.0))

    def run(
        self,
        request: JobRequest,
        files: Mapping[str, Path] | None = None,
        report: Callable[[float | None], None] = lambda progress: None,
        keep: Callable[[Path], str] = keep_nothing,
    ) -> JobResponse:
        """Do the work here (``runs_here``) and answer with how it ended.

        ``files`` are readable paths by input field. ``report`` is called with the progress (0 to
        1, or ``None``) every few seconds, which keeps the job's lease; what it raises ends the run.
        ``keep`` stores a file that came out, and gives the link to it for the output.
        """
        raise NotImplementedError

    def get(self, public_id: str) -> JobResponse:
        """Ask for one job's state and result; the answer's ``public_id`` is the one asked for.

        Raises a :class:`~django_universal_ai.exceptions.BackendError`, and nothing else:
        ``NotFound`` where the service doesn't know the job, ``OutcomeUnknown`` with the
        ``status_code`` 200 where its answer can't be read. After ten minutes of either the job
        fails; after any other error it is asked for again later.
        """
        raise NotImplementedError

    def list_jobs(
        self,
        *,
        status: str | None = None,
        feature: str | None = None,
        subfeature: str | None = None,
        page: int = 1,
        limit: int = 1000,
    ) -> JobList:
        """Ask for the state of up to ``limit`` jobs; items carry no output and no cost.

        Only jobs that fit what is given, in an order that stays the same from page to page: newest
        first is best. Pages count from 1; ``total_pages`` of the answer says which is the last.

        Raises a :class:`~django_universal_ai.exceptions.BackendError`, and nothing else:
        ``Rejected`` where the service has no list, which isn't asked for again for a day; after
        any other error it is read again later.
        """
        raise NotImplementedError

    def delete(self, public_id: str) -> None:
        """Remove a job from the service. Promises neither to stop its work nor its bill.

        Raises ``NotFound`` where the service has no such job, which then counts as deleted. Any
        other :class:`~django_universal_ai.exceptions.BackendError` goes to the caller.
        """
        raise NotImplementedError

    def upload(
        self,
        file: IO[bytes],
        *,
        name: str,
        content_type: str = "",
        purpose: str = "general",
        expires_in_days: int = 30,
    ) -> FileInfo:
        """Stream a file to the service; ``file_id`` of the answer goes into ``input``.

        Jobs share an upload as long as it lives for another hour at least; without an
        ``expires_at`` in the answer, it is taken to live for a day.

        Raises ``Rejected`` where the service refuses the file for good: the job fails, or its
        fallback is next. After ``NotSent``, ``OutcomeUnknown`` and what ``file`` itself raises it
        is tried again later, but for a ``FileNotFoundError``, which fails the job. ``RateLimited``
        and ``AccountRefused`` hold up the account, as in :meth:`submit`.
        """
        raise NotImplementedError

    def check(self) -> list[CheckMessage]:
        """What Django's system checks should say of this backend's options."""
        return [
            Error(
                f"settings.UNIVERSAL_AI[{self.alias!r}]['OPTIONS'][{name!r}] {problem}.",
                hint=f"Leave it out for the default, {self.defaults.get(name)!r}.",
                id="universal_ai.E016",
            )
            for name, rule in self.rules.items()
            if name in self.options and (problem := rule.problem_of(self.options[name]))
        ]

    def check_deployment(self) -> list[CheckMessage]:
        """What ``check --deploy`` should say of them beside."""
        return []

    def warm_up(self) -> None:
        """Get ready for requests, in this process: what takes long mustn't make the first one late.

        Called often.
        """

    def close(self) -> None:
        """Free connections; called when the settings change and at the end of tests."""
