"""``manage.py demo``: two real jobs from start to end, as a visitor and an API client see them."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from typing import Any

import httpx
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from django_universal_ai.contract import format_cost, is_terminal
from django_universal_ai.models import Status, UniversalAIJob

from ... import demo_user, intake, kinds
from ...models import Document
from ...reading import failure_of, texts_of
from .. import processes
from ..site import ApiClient, Browser, SiteError

SCAN, SPEECH = intake.SAMPLES / "scan.pdf", intake.SAMPLES / "speech.wav"
SPOKEN = "please call me tomorrow morning"
#: Where `make serve` shows what was done here.
LATER = "http://127.0.0.1:8000"
#: Seconds for both jobs.
DEADLINE = 180.0
#: Seconds between two looks, and between two lines that say that it goes on.
PAUSE, HEARTBEAT = 0.5, 4.0


class Command(BaseCommand):
    help = "Read a scan and understand a recording with a real worker: no key, no server."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "The demo signs in as demo/demo, a user that there is with DEBUG only. Set DEBUG=1."
            )
        self.began = time.monotonic()
        self.say(f"Preparing the database in {processes.var_dir()}")
        call_command("migrate", verbosity=0)
        self.user = demo_user.ensure()
        port = processes.free_port()
        worker, web = processes.worker(), processes.web(port)
        try:
            with processes.terminable(), worker, web:
                self.say("Starting a worker and a web server")
                processes.await_port(web, port)
                self.run_both(f"http://{processes.HOST}:{port}", worker)
                self.stdout.write("")
                self.say("Stopping the worker and the web server")
        except (SiteError, httpx.HTTPError) as error:
            raise CommandError(f"{error}\n\n{worker.tail()}\n\n{web.tail()}") from error
        except processes.StartFailed as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            # What is begun goes on when a worker runs again; 128 + SIGINT, as shells expect.
            raise CommandError("Stopped.", returncode=130) from error
        self.say("Done. `make serve` keeps the site open; sign in as demo, password demo.")

    def run_both(self, address: str, worker: processes.Process) -> None:
        """Submit both, wait for both, show both."""
        with ExitStack() as stack:
            browser = stack.enter_context(closing(Browser(address)))
            token = demo_user.fresh_token(self.user, "make demo")
            client = stack.enter_context(closing(ApiClient(address, token)))
            browser.sign_in(demo_user.NAME, demo_user.PASSWORD)
            scan = browser.bring(SCAN)
            self.say(f"{SCAN.name} dropped on the site's front page")
            speech = client.submit(
                kinds.RECORDING.model(), file=client.upload(SPEECH), language="en"
            )["public_id"]
            self.say(f"{SPEECH.name} uploaded and submitted over HTTP: job {speech}")
            second = self.wait(browser, scan, client, speech, worker)
            first = Document.objects.get(pk=int(scan.strip("/").split("/")[-1]))
            pages = self.show(f"{SCAN.name}, dropped on the page", first, browser)
            heard = self.show(f"{SPEECH.name}, over HTTP", second, browser)
        check(pages, heard)

    def wait(
        self, browser: Browser, scan: str, client: ApiClient, speech: str, worker: processes.Process
    ) -> Document:
        """Look at the document's page and at the API until both jobs ended.

        Returns the document that the receiver made for the job that came in over HTTP.
        """
        said, said_at = "", 0.0
        deadline = time.monotonic() + DEADLINE
        while True:
            (status, settled), api = browser.look(scan), client.get(speech)
            line = f"scan: {status}, speech: {api['status']}"
            if line != said or time.monotonic() - said_at > HEARTBEAT:
                self.say(line)
                said, said_at = line, time.monotonic()
            if settled and is_terminal(api["status"]) and (found := noted(speech)):
                return found
            if not worker.is_alive:
                raise SiteError("The worker ended before the jobs did.")
            if time.monotonic() > deadline:
                raise SiteError(f"The jobs didn't end within {DEADLINE:.0f} s.")
            time.sleep(PAUSE)

    def show(self, what: str, document: Document, browser: Browser) -> list[str]:
        """Print how it went; returns the pages. Raises :class:`SiteError` where it failed."""
        Document.objects.filter(pk=document.pk).update(is_public=True)
        job = document.jobs.latest()
        site = document.get_absolute_url()
        desk = reverse("admin:universal_ai_universalaijob_change", args=[job.pk])
        seconds = job.duration.total_seconds() if job.duration else 0.0
        self.stdout.write(f"\n{what}")
        for name, value in {
            "status": job.status,
            "provider": job.provider,
            "cost": "unknown" if job.cost is None else format_cost(job.cost.normalize()),
            "seconds": f"{seconds:.1f}",
            "note": document.note,
            "see it": f"{LATER}{site}",
            "admin": f"{LATER}{desk}",
        }.items():
            self.stdout.write(f"  {name:9} {value}")
        if job.status != Status.SUCCESS:
            raise SiteError(f"{what}: {failure_of(job)}")
        pages = texts_of(job)
        for number, page in enumerate(pages, 1):
            self.stdout.write(f"  page {number}" if len(pages) > 1 else "  text")
            self.stdout.write("\n".join(f"    {line}" for line in page.splitlines()))
        if pages[0].splitlines()[0] not in browser.words(site):
            raise SiteError(f"{site} doesn't show the text.")
        browser.read(desk)
        return pages

    def say(self, line: str) -> None:
        """A line on how far the demo is."""
        self.stdout.write(f"[{time.monotonic() - self.began:5.1f} s] {line}")
        self.stdout.flush()


def noted(job_id: str) -> Document | None:
    """The document of a job, once the receiver has written its note on it."""
    document = UniversalAIJob.objects.get(pk=job_id).content_object
    return document if isinstance(document, Document) and document.note else None


def check(scan: list[str], speech: list[str]) -> None:
    """Raise :class:`SiteError` unless both samples were read as they should be."""
    if len([page for page in scan if page.strip()]) < 2:
        raise SiteError(f"{SCAN.name} has two pages, and text was found on fewer.")
    if speech != [SPOKEN]:
        raise SiteError(f"{SPEECH.name} says {SPOKEN!r}; understood was {speech[0]!r}.")
