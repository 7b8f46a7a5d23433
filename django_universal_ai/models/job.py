"""The job: one row per request, from the moment it is asked for."""

from __future__ import annotations

import datetime
import uuid
from typing import TYPE_CHECKING, Any, Self

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import Unpack

from ..contract import JobRequest, ModelId, parse_output
from ..contract.features.base import FeatureOutput
from .candidate import Candidate, candidates
from .managers import JobManager

if TYPE_CHECKING:
    from decimal import Decimal

    from ..engine.outlook import Outlook
    from .asked import AskedAgain

#: A job that is at the service for longer is at risk: results live there for seven days.
RISKY_AFTER = datetime.timedelta(days=5)


class Status(models.TextChoices):
    """Where a job stands. The first three are ours, the others the service's."""

    PENDING = "pending", _("waiting")
    SUBMITTING = "submitting", _("being sent")
    UNCERTAIN = "uncertain", _("needs a look")
    PROCESSING = "processing", _("processing")
    SUCCESS = "success", _("success")
    FAIL = "fail", _("failed")


TERMINAL = (Status.SUCCESS, Status.FAIL)
#: In the order in which a job goes through them.
UNFINISHED = tuple(status for status in Status if status not in TERMINAL)


class UniversalAIJob(models.Model):
    """A long-running AI job and the mirror of what the service says of it.

    Only :mod:`django_universal_ai.jobs` changes ``status``; the methods here delegate to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    # What was asked for.
    requested_model = models.CharField(
        _("requested model"),
        max_length=255,
        help_text=_("feature/subfeature/provider[/model], as it was asked for."),
    )
    input = models.JSONField(_("input"), default=dict)
    provider_params = models.JSONField(_("provider parameters"), null=True, blank=True)
    fallbacks = models.JSONField(_("fallbacks"), default=list, blank=True)
    show_original_response = models.BooleanField(_("show original response"), default=False)
    webhook_receiver = models.CharField(  # noqa: DJ001 - the wire tells null from ""
        _("webhook receiver"), max_length=2083, null=True, blank=True
    )
    user_webhook_parameters = models.JSONField(_("webhook parameters"), null=True, blank=True)
    relays_webhook = models.BooleanField(
        _("relays the webhook"),
        default=False,
        editable=False,
        help_text=_("This site posts to the receiver; the service isn't told of it."),
    )

    # What the service answered, under the service's own names.
    public_id = models.CharField(  # noqa: DJ001 - null until the service gave an id
        _("public id"), max_length=255, null=True, blank=True
    )
    status = models.CharField(
        _("status"), max_length=16, choices=Status, default=Status.PENDING, editable=False
    )
    cost = models.DecimalField(
        _("cost"),
        max_digits=24,
        decimal_places=12,
        null=True,
        blank=True,
        help_text=_("Credits, as billed by the service; empty until it said so."),
    )
    feature = models.CharField(_("feature"), max_length=100)
    subfeature = models.CharField(_("subfeature"), max_length=100)
    provider = models.CharField(
        _("provider"),
        max_length=100,
        help_text=_("Who answered; until then, who was asked."),
    )
    model = models.CharField(  # noqa: DJ001 - the wire's model is null where none was named
        _("model"), max_length=200, null=True, blank=True
    )
    output = models.JSONField(_("output"), null=True, blank=True)
    error = models.JSONField(_("error"), null=True, blank=True)
    original_response = models.JSONField(_("original response"), null=True, blank=True)
    created_at = models.DateTimeField(
        _("created at the service"), null=True, blank=True, help_text=_("The service's clock.")
    )

    # What is ours.
    backend = models.CharField(
        _("backend"), max_length=100, help_text=_("With fallbacks: of the one whose turn it is.")
    )
    #: Where there are fallbacks: the backends of the model asked for and of each fallback.
    route = models.JSONField(_("route"), default=list, blank=True, editable=False)
    candidate = models.PositiveSmallIntegerField(
        _("candidate"),
        default=0,
        editable=False,
        help_text=_("Whose turn it is: 0 is the model asked for, then its fallbacks."),
    )
    spent = models.DecimalField(
        _("spent"),
        max_digits=24,
        decimal_places=12,
        default=0,
        editable=False,
        help_text=_("Credits for candidates that failed; the cost includes them."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
        db_index=False,  # "uai_job_owner" begins with it
    )
    content_type = models.ForeignKey(
        ContentType,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # "uai_job_object" begins with it
    )
    object_id = models.CharField(max_length=255, blank=True, default="")
    content_object = GenericForeignKey("content_type", "object_id")
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="resubmissions",
        verbose_name=_("resubmission of"),
    )
    idempotency_key = models.CharField(  # noqa: DJ001 - unique where set, free where null
        _("idempotency key"), max_length=255, null=True, blank=True
    )
    #: Whose key it is: one tenant's keys say nothing to another.
    idempotency_scope = models.CharField(max_length=64, blank=True, default="", editable=False)
    #: Unique while the job is unfinished, null afterwards: no other one may be active beside it.
    active_key = models.CharField(  # noqa: DJ001 - unique where set, free where null
        max_length=400, null=True, blank=True, editable=False
    )
    priority = models.SmallIntegerField(
        _("priority"), default=0, help_text=_("Higher is sent sooner.")
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now, db_index=True)
    submitted_at = models.DateTimeField(_("taken over"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    # What moves it: the row is its own queue entry.
    due_at = models.DateTimeField(_("next look"), null=True, blank=True, db_default=Now())
    lease_owner = models.UUIDField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    posted_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0, editable=False)
    polls = models.PositiveIntegerField(_("looks"), default=0, editable=False)
    #: When the service last said that it is at work: with its end, how long it took. And since when
    #: its list leaves it out: then it has probably ended, and is looked at by itself.
    seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    unlisted_at = models.DateTimeField(null=True, blank=True, editable=False)
    missing_since = models.DateTimeField(null=True, blank=True, editable=False)
    progress = models.FloatField(_("progress"), null=True, blank=True, editable=False)
    note = models.CharField(
        _("note"), max_length=500, blank=True, default="", help_text=_("Why it is where it is.")
    )
    token_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    #: W3C's trace context of the submission: all that happens to the job belongs to its trace.
    traceparent = models.CharField(max_length=55, blank=True, default="", editable=False)

    objects = JobManager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("-requested_at",)
        get_latest_by = "requested_at"
        indexes = (
            models.Index(fields=["status", "due_at"], name="uai_job_due"),
            models.Index(fields=["backend", "status", "due_at"], name="uai_job_backend_due"),
            models.Index(
                fields=["backend", "status", "-priority", "requested_at"], name="uai_job_queue"
            ),
            models.Index(fields=["backend", "finished_at"], name="uai_job_ended"),
            models.Index(fields=["owner", "-requested_at", "id"], name="uai_job_owner"),
            models.Index(fields=["content_type", "object_id"], name="uai_job_object"),
            # What people filter by, newest first: see django_universal_ai.admin.filters.
            models.Index(fields=["status", "requested_at"], name="uai_job_status"),
            models.Index(fields=["feature", "requested_at"], name="uai_job_feature"),
            models.Index(fields=["subfeature", "requested_at"], name="uai_job_subfeature"),
            models.Index(fields=["provider", "requested_at"], name="uai_job_provider"),
            models.Index(fields=["backend", "requested_at"], name="uai_job_backend"),
            models.Index(fields=["requested_model", "requested_at"], name="uai_job_model"),
        )
        constraints = (
            # In this order it finds a job by its id alone, too.
            models.UniqueConstraint(fields=["public_id", "backend"], name="uai_job_public_id"),
            models.UniqueConstraint(
                fields=["idempotency_scope", "idempotency_key"], name="uai_job_once"
            ),
            models.UniqueConstraint(fields=["active_key"], name="uai_job_active"),
        )
        permissions = (
            ("refresh_universalaijob", _("Can ask the service for a job's state")),
            ("resubmit_universalaijob", _("Can submit a job again, which may cost money")),
            ("adopt_universalaijob", _("Can tell an uncertain job its id at the service")),
            ("give_up_universalaijob", _("Can fail an uncertain job for good")),
            ("delete_remote_universalaijob", _("Can delete a job at the service")),
            ("export_universalaijob", _("Can export jobs with their inputs and outputs")),
        )

    def __class_getitem__(cls, output: Any) -> type[Self]:
        """``TypedJob[...]`` where annotations are evaluated: the same class."""
        return cls

    def __str__(self) -> str:
        return f"{self.requested_model} ({self.pk})"

    @property
    def is_finished(self) -> bool:
        """Whether the job ended; then nothing of it changes any more."""
        return self.status in TERMINAL

    @property
    def model_id(self) -> ModelId:
        """The requested model string, in its parts."""
        return ModelId.parse(self.requested_model)

    @property
    def requested_provider(self) -> str:
        """Who was asked; ``provider`` is who answered."""
        return self.model_id.provider

    @property
    def result(self) -> FeatureOutput | dict[str, Any] | None:
        """The output: typed where the subfeature is known, else as the service sent it.

        ``None`` before the end. Type checkers know more of a :class:`.TypedJob`.
        """
        if self.output is None:
            return None
        found: FeatureOutput | dict[str, Any]
        found = parse_output(f"{self.feature}/{self.subfeature}", self.output)
        return found

    @property
    def duration(self) -> datetime.timedelta | None:
        """From being asked for until the end; ``None`` while it runs."""
        return self.finished_at - self.requested_at if self.finished_at else None

    @property
    def known_cost(self) -> Decimal | None:
        """What it costs in the end, or cost so far; ``None`` while nobody can tell.

        A service says of a job at work that it costs 0, and bills it when it ends.
        """
        return self.cost if self.is_finished else self.cost or None

    @property
    def outlook(self) -> Outlook:
        """When it will probably end. See :class:`django_universal_ai.engine.outlook.Outlook`."""
        from ..engine.outlook import outlook

        return outlook(self)

    @property
    def result_at_risk(self) -> bool:
        """Whether the service may delete the result before it is here."""
        if self.status == Status.PROCESSING:
            since = self.submitted_at
        elif self.status == Status.UNCERTAIN:
            since = self.posted_at or self.requested_at
        else:
            return False
        return since is not None and since <= timezone.now() - RISKY_AFTER

    @property
    def candidates(self) -> list[Candidate]:
        """Who may do it, in order: the model asked for, then its fallbacks."""
        return candidates(self.model_id, self.fallbacks, self.route or [self.backend])

    @property
    def request(self) -> JobRequest:
        """The request as it goes over the wire to the candidate whose turn it is."""
        return self.request_to(self.candidate)

    def request_to(self, place: int) -> JobRequest:
        """The request as it goes to the candidate at ``place``.

        Along with it go the fallbacks that the same backend may try. ``provider_params`` were
        written for the provider that was asked, and go to no other.
        """
        every = self.candidates
        mine = every[place]
        params = self.provider_params if mine.model.provider == every[0].model.provider else None
        told = not self.relays_webhook
        return JobRequest(
            model=str(mine.model),
            input=self.input,
            provider_params=params,
            fallbacks=self.fallbacks[place : place + mine.along],
            show_original_response=self.show_original_response,
            webhook_receiver=self.webhook_receiver if told else None,
            user_webhook_parameters=self.user_webhook_parameters if told else None,
        )

    def refresh(self) -> Self:
        """Ask the service now. See :func:`django_universal_ai.jobs.refresh`."""
        from .. import jobs

        jobs.refresh(self)
        return self

    async def arefresh(self) -> Self:
        """:meth:`refresh` for async code."""
        return await sync_to_async(self.refresh)()

    def resubmit(self, **changes: Unpack[AskedAgain]) -> UniversalAIJob:
        """Ask for the same again, as a new row. See :func:`django_universal_ai.jobs.resubmit`."""
        from .. import jobs

        return jobs.resubmit(self, **changes)

    async def aresubmit(self, **changes: Unpack[AskedAgain]) -> UniversalAIJob:
        """:meth:`resubmit` for async code."""
        return await sync_to_async(self.resubmit)(**changes)

    def delete_remote(self) -> None:
        """Delete it at the service. See :func:`django_universal_ai.jobs.delete_remote`."""
        from .. import jobs

        jobs.delete_remote(self)

    async def adelete_remote(self) -> None:
        """:meth:`delete_remote` for async code."""
        await sync_to_async(self.delete_remote)()

    def wait(self, timeout: float) -> Self:
        """Wait until it ended. See :func:`django_universal_ai.waiting.wait`."""
        from .. import waiting

        waiting.wait(self, timeout)
        return self

    async def await_finished(self, timeout: float) -> Self:
        """Wait until it ended. See :func:`django_universal_ai.waiting.await_finished`."""
        from .. import waiting

        await waiting.await_finished(self, timeout)
        return self
