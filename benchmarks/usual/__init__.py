"""The usual answer: a row and a Celery task per job, which asks again until the job has ended."""
