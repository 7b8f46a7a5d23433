"""Celery tasks of the gateway: safe to call twice, late, or never."""

from __future__ import annotations

from celery import shared_task

from .outgoing import deliveries, posts


@shared_task(name=deliveries.TASK, ignore_result=True)
def post_webhooks() -> int:
    """Begin to send the webhooks that are due, in threads. Returns how many were begun."""
    return posts.start_due()
