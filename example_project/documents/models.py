"""What people bring to this site. A real project would have a model of its own here."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse

from django_universal_ai.models import UniversalAIFile, UniversalAIJob, UniversalAIJobsField


class Document(models.Model):
    """A recording, a PDF or an image that somebody wants the text of."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    #: A browser that nobody signed in with; the id is kept in its session.
    visitor = models.UUIDField(null=True, blank=True, editable=False, db_index=True)
    is_public = models.BooleanField("public", default=False, help_text="Everybody may see it.")
    title = models.CharField(max_length=200)
    #: Written by the receivers of the app's signals, when the job ended.
    note = models.TextField(blank=True, default="")
    created = models.DateTimeField(auto_now_add=True)

    #: The other side of ``UniversalAIJob.content_object``; more than one after a retry.
    jobs = UniversalAIJobsField()

    class Meta:
        ordering = ("-created", "-pk")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("documents:detail", args=[self.pk])

    @property
    def job(self) -> UniversalAIJob | None:
        """The latest job; jobs come newest first."""
        return next(iter(self.jobs.all()), None)

    @property
    def upload(self) -> UniversalAIFile | None:
        """The file that was uploaded, as the job keeps it."""
        job = self.job
        link = job.job_files.select_related("file").first() if job else None
        return link.file if link else None

    @property
    def is_settled(self) -> bool:
        """Whether it changes no more: the job ended, and its signal has arrived."""
        job = self.job
        return job is None or (job.is_finished and bool(self.note))
