"""Bare endpoints: the same body checked, one row, one message; and one row read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import current_app
from django.http import HttpRequest, JsonResponse
from django.urls import path
from ninja import NinjaAPI

from django_universal_ai.contract import JobRequest

from .models import Job

api = NinjaAPI(urls_namespace="bare", openapi_url=None)


@api.post("jobs")
def create(request: HttpRequest, body: JobRequest) -> JsonResponse:
    job = Job.objects.create(model=body.model, input=body.input)
    current_app.send_task("benchmarks.served.run", [str(job.pk)], ignore_result=True)
    return JsonResponse(_answer(job), status=202)


@api.get("jobs/{job_id}")
def get(request: HttpRequest, job_id: UUID) -> JsonResponse:
    return JsonResponse(_answer(Job.objects.get(pk=job_id)))


def _answer(job: Job) -> dict[str, Any]:
    feature, subfeature, provider = job.model.split("/", 2)
    return {
        "public_id": str(job.pk),
        "status": job.status,
        "cost": "0.000",
        "provider": provider,
        "feature": feature,
        "subfeature": subfeature,
        "output": job.output,
        "error": job.error,
        "model": None,
        "created_at": job.created_at.isoformat(),
    }


urlpatterns = [path("", api.urls)]
