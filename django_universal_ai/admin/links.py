"""Links from one admin page to another, where there is one."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from ..models import UniversalAIJob


def page_url(site: AdminSite, model: type[Model], pk: object) -> str | None:
    """The admin page of a row; ``None`` where its model has none."""
    if model not in site._registry:
        return None
    view = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    return reverse(view, args=[quote(str(pk))], current_app=site.name)


def list_url(site: AdminSite, model: type[Model], **filters: object) -> str:
    """The list of a model's rows, filtered; the names are those of its query string."""
    view = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
    url = reverse(view, current_app=site.name)
    return f"{url}?{urlencode(filters)}" if filters else url


def link(url: str | None, words: object) -> str:
    """The words, as a link where there is a page."""
    return format_html('<a href="{}">{}</a>', url, words) if url else str(words)


def job_url(site: AdminSite, pk: uuid.UUID) -> str | None:
    """The admin page of a job."""
    return page_url(site, UniversalAIJob, pk)


def jobs_url(site: AdminSite, **filters: str) -> str:
    """The list of jobs, filtered."""
    return list_url(site, UniversalAIJob, **filters)


def attached_label(site: AdminSite, job: UniversalAIJob) -> str:
    """What the job is attached to, by kind and key: costs no query."""
    if job.content_type_id is None:
        return ""
    # By id: content types are cached per process, the object itself isn't.
    kind = ContentType.objects.get_for_id(job.content_type_id)
    model = kind.model_class()
    url = page_url(site, model, job.object_id) if model else None
    return link(url, f"{kind.name} {job.object_id}")


def attached_name(site: AdminSite, request: HttpRequest, job: UniversalAIJob) -> str:
    """The attached object's own name, for who may see it; else empty. One query."""
    if job.content_type_id is None:
        return ""
    model = ContentType.objects.get_for_id(job.content_type_id).model_class()
    registered = site._registry.get(model) if model else None
    if model is None or registered is None:
        return ""
    try:
        found = model._base_manager.filter(pk=job.object_id).first()
    except (ValueError, ValidationError):  # a key that this model can't have
        return ""
    if found is None or not registered.has_view_permission(request, found):
        return ""
    return str(found)
