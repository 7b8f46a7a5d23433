"""What a host project listens to.

Every signal is sent with ``sender=UniversalAIJob``, ``job`` (the row, read afresh) and
``event_id`` (a UUID). A signal is delivered at least once, also across killed workers, always
with the same ``event_id``: a receiver that must act once keeps the ids that it has seen.
Connect receivers in ``AppConfig.ready``, so that they're there in web and worker processes.
"""

from __future__ import annotations

from django.dispatch import Signal

#: The service (or an offline provider) has taken the job over.
job_submitted = Signal()

#: The job ended well; ``job.result`` holds its output.
job_succeeded = Signal()

#: The job ended badly; ``job.error`` says why.
job_failed = Signal()
