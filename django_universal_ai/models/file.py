"""Files that jobs read: kept in Django's storage, uploaded to the service when a job is sent."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage, storages
from django.db import models
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext_lazy as _

from .job import UniversalAIJob

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

logger = logging.getLogger("django_universal_ai")

STORAGE_ALIAS = "universal_ai"

#: What a write that takes longer than this has left behind is removed.
UNFINISHED = timedelta(days=1)
#: Content outlives its row's end by this: a job may have been asked for in the last moment.
GRACE = timedelta(minutes=5)


def file_storage() -> Storage:
    """``STORAGES["universal_ai"]`` where a project has one, else the default storage.

    Raises ``InvalidStorageError`` for one that can't be used: its files may be nobody's to see.
    """
    return storages[STORAGE_ALIAS] if STORAGE_ALIAS in storages.backends else default_storage


def storage_name(instance: UniversalAIFile, filename: str) -> str:
    """A name that nobody guesses; it keeps the suffix, which decoders look at."""
    suffix = Path(filename).suffix[:20].lower()
    return f"universal_ai/{timezone.now():%Y/%m/%d}/{instance.pk}{suffix}"


def as_django_file(source: Any) -> File[Any]:
    """Make a Django file of a path, bytes, an open file, or any Django file.

    Raises ``OSError`` for a path that can't be read, ``TypeError`` for anything else. Text is a
    path, never content.
    """
    if isinstance(source, File):
        return source
    if isinstance(source, bytes | bytearray | memoryview):
        return ContentFile(bytes(source), name="file")
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return File(path.open("rb"), name=path.name)
    if all(hasattr(source, name) for name in ("read", "seek", "tell", "closed")):
        return File(source, name=_name_of(source))
    raise TypeError(
        f"can't read a file from {type(source).__name__}: give a path, bytes, an open file "
        "or a Django file"
    )


def _name_of(source: Any) -> str:
    name = getattr(source, "name", "")
    return Path(name).name if isinstance(name, str) and name else "file"


@contextmanager
def opened(content: File[Any], source: Any) -> Iterator[File[Any]]:
    """The file at its beginning; what was closed before is closed again afterwards."""
    is_ours = content.closed or isinstance(source, str | os.PathLike)
    try:
        content.open("rb") if content.closed else content.seek(0)
        yield content
    finally:
        if is_ours:
            content.close()


def shown_name(name: str) -> str:
    """A name without folders that every file system takes; ``file`` where nothing is left."""
    try:
        valid = get_valid_filename(Path(name).name)
    except SuspiciousFileOperation:
        return "file"
    # Bytes, not characters: that's what file systems count. The suffix is at the end.
    return valid.encode()[-200:].decode(errors="ignore")


class FileQuerySet(models.QuerySet["UniversalAIFile"]):
    """``UniversalAIFile.objects``."""

    def living(self) -> FileQuerySet:
        """Files that haven't expired."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now()))

    def store(
        self,
        source: Any,
        *,
        owner: AbstractBaseUser | None = None,
        name: str = "",
        content_type: str = "",
        purpose: str = "general",
        metadata: dict[str, Any] | None = None,
        expires_at: Any = None,
    ) -> UniversalAIFile:
        """Copy ``source`` into the storage, chunk by chunk, and make its row.

        ``source`` is a path, bytes, an open binary file, an ``UploadedFile`` or a ``FieldFile``.
        It is a copy on purpose: what the host does with its own file later can't hurt the job.
        Raises ``OSError`` or ``TypeError`` for what can't be read, ``ValueError`` if it is empty.
        """
        with opened(as_django_file(source), source) as content:
            if not content.size:
                raise ValueError("the file is empty")
            stored = UniversalAIFile(
                name=shown_name(name or content.name or ""),
                size=content.size,
                content_type=(content_type or getattr(content, "content_type", "") or "")[:200],
                purpose=purpose,
                metadata=metadata or {},
                owner=cast(Any, owner),
                expires_at=expires_at,
            )
            stored.save_with(content)
        return stored

    async def astore(self, source: Any, **about: Any) -> UniversalAIFile:
        """:meth:`store` for async views."""
        return await sync_to_async(self.store)(source, **about)


class UniversalAIFile(models.Model):
    """A file in Django's storage, and where it was uploaded to.

    Its ``id`` may stand in a job's ``input`` wherever the contract has a file id.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(_("file"), upload_to=storage_name, storage=file_storage, max_length=255)
    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size"))
    content_type = models.CharField(_("content type"), max_length=200, blank=True, default="")
    purpose = models.CharField(_("purpose"), max_length=50, default="general")
    #: What was found out about it, as the wire tells it: ``{"page_count": 5}``.
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    #: When the engine removes it; null: never, or its content is gone already.
    remove_at = models.DateTimeField(null=True, blank=True, db_index=True, editable=False)

    # Where it is at the remote service, so that jobs share one upload.
    remote_account = models.CharField(max_length=100, blank=True, default="", editable=False)
    remote_id = models.CharField(max_length=255, blank=True, default="", editable=False)
    remote_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = FileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name

    def save_with(self, content: File[Any]) -> None:
        """Write the row, and ``content`` into the storage; both or none.

        The row comes first, expired and to be removed: should this process be killed while it
        writes, the engine removes what it left behind.
        """
        storage, place = self.file.storage, self.file.field.generate_filename(self, self.name)
        expires_at, self.expires_at = self.expires_at, self.created_at
        self.remove_at = timezone.now() + UNFINISHED
        self.file.name = place
        try:
            self.save(force_insert=True)
            self.file.name = storage.save(place, content)
            self.expires_at = expires_at
            self.remove_at = expires_at and expires_at + GRACE
            self.save(update_fields=["file", "expires_at", "remove_at"])
        except BaseException:
            self._withdraw(storage)
            raise

    def _withdraw(self, storage: Storage) -> None:
        """Undo a half; where that doesn't work either, the engine does it later."""
        try:
            storage.delete(str(self.file.name))
            type(self).objects.filter(pk=self.pk).delete()
        except Exception:  # a storage has errors of its own, and the transaction may be broken
            logger.warning("file %s: what was written of it stays for now", self.pk, exc_info=True)

    def open(self) -> IO[bytes]:
        """The stored content, to be closed by the caller."""
        opened: IO[bytes] = self.file.storage.open(str(self.file.name), "rb")
        return opened

    def _own_path(self) -> Path:
        """Where the storage keeps it on this machine; an error where it doesn't."""
        # Strict: a storage in memory tells paths, too, but nothing is there.
        return Path(self.file.storage.path(str(self.file.name))).resolve(strict=True)

    @contextmanager
    def local_path(self) -> Iterator[Path]:
        """A path on this machine, under the file's own name; gone after the block.

        A link where the storage keeps files on this machine, else a temporary copy.
        """
        with tempfile.TemporaryDirectory(prefix="universal-ai-") as folder:
            path = Path(folder) / self.name
            try:
                path.symlink_to(self._own_path())
            except (NotImplementedError, OSError):
                with self.open() as source, path.open("wb") as target:
                    shutil.copyfileobj(source, target, 1 << 20)
            yield path


class JobFile(models.Model):
    """Which file a job reads as which input."""

    job = models.ForeignKey(UniversalAIJob, models.CASCADE, related_name="job_files")
    file = models.ForeignKey(UniversalAIFile, models.PROTECT, related_name="job_files")
    field = models.CharField(_("input"), max_length=100)

    class Meta:
        verbose_name = _("file of a job")
        verbose_name_plural = _("files of jobs")
        constraints = (models.UniqueConstraint(fields=["job", "field"], name="uai_jobfile_field"),)

    def __str__(self) -> str:
        return f"{self.field}: {self.file}"
