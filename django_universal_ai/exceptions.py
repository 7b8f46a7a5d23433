"""The errors that the app raises.

::

    UniversalAIError
    ├── InvalidInput           a request that can't be right; names the field
    ├── BackendError           a backend didn't do what it was asked for
    │   ├── NotSent            the service never saw the request: safe to send again
    │   ├── RateLimited        429: refused now, safe to send again later
    │   │   └── AccountPaused  a person here lets no request leave for now
    │   ├── AccountRefused     the account as a whole is stopped
    │   │   ├── AuthenticationFailed   401 and 403
    │   │   └── PaymentRequired        402
    │   ├── Rejected           refused for good, in the service's words
    │   │   └── NotFound       404
    │   └── OutcomeUnknown     nobody can tell whether the service acted
    ├── ProviderError          an offline provider couldn't use its input
    │   ├── ProviderCrashed    its process died
    │   ├── ProviderTimeout    it ran longer than it may
    │   ├── ProviderOutOfMemory    it needed more memory than it may have
    │   └── ProviderMissing    it isn't installed; says which extra to install
    ├── OutwardError           an address that somebody else named couldn't be called
    │   ├── AddressRefused     this site doesn't call it
    │   └── Unreachable        it didn't answer, or not as it should: another time it may
    ├── JobTimeout             a wait ended before the job did; the job runs on
    └── JobConflict            the job's state doesn't allow what was asked
        └── AlreadyActive      there is an unfinished job, and there should be only one
"""

from __future__ import annotations

from uuid import UUID


class UniversalAIError(Exception):
    """Base of every error of this package."""


class InvalidInput(UniversalAIError, ValueError):
    """A request that can't be right.

    ``field`` is a dotted path into the request, for example ``model`` or ``input.file``.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class BackendError(UniversalAIError):
    """A backend didn't do what it was asked for.

    ``status_code`` is the HTTP status where there was one, ``retry_after`` seconds from now.
    The message is short, one line, and free of secrets.
    """

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.retry_after = retry_after


class NotSent(BackendError):
    """The service certainly never saw the request: sending it again costs nothing."""


class TurnMissed(NotSent):
    """The moment that was reserved for a request went by before it could leave."""


class RateLimited(BackendError):
    """429: the service refused the request for now."""


class AccountPaused(RateLimited):
    """A person paused the account: no request leaves until a person lets it go on."""


class AccountRefused(BackendError):
    """The service refuses this account, whatever the request."""


class AuthenticationFailed(AccountRefused):
    """401 or 403: the key is wrong, revoked, or lacks a permission."""


class PaymentRequired(AccountRefused):
    """402: the account is out of credits."""


class Rejected(BackendError):
    """The service refused this request for good."""


class NotFound(Rejected):
    """404: the service doesn't know the job or file (any more)."""


class OutcomeUnknown(BackendError):
    """The request may or may not have been carried out."""


class ProviderError(UniversalAIError):
    """An offline provider couldn't use its input; the message says why."""


class ProviderCrashed(ProviderError):
    """The provider's process died in the middle of a run."""


class ProviderTimeout(ProviderError):
    """The provider ran longer than its time limit and was stopped."""


class ProviderOutOfMemory(ProviderError):
    """The provider needed more memory than its limit and was stopped."""


class ProviderMissing(ProviderError):
    """The provider isn't installed; the message says what to install."""


class OutwardError(UniversalAIError):
    """An address that somebody else named couldn't be called; the message says why."""


class AddressRefused(OutwardError, ValueError):
    """This site doesn't call that address, whatever is behind it."""


class Unreachable(OutwardError):
    """The address didn't answer, or not as it should: another time it may."""


class JobTimeout(UniversalAIError, TimeoutError):
    """A wait reached its deadline; the job itself runs on. ``job_id`` names it."""

    def __init__(self, message: str, job_id: UUID) -> None:
        super().__init__(message)
        self.job_id = job_id


class JobConflict(UniversalAIError):
    """The job's state doesn't allow what was asked for."""


class AlreadyActive(JobConflict):
    """The object has an unfinished job, and was to have only one. ``job_id`` names it."""

    def __init__(self, message: str, job_id: UUID) -> None:
        super().__init__(message)
        self.job_id = job_id
