"""``manage.py serve_demo``: the example site, its admin, its HTTP API and a worker."""

from __future__ import annotations

import json
import time
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from django_universal_ai.models import UniversalAIFile

from ... import demo_user, intake, kinds
from .. import processes

#: What the uploaded sample is filed under, to be found again at the next start.
PURPOSE = "example"
#: Seconds between two looks at the processes.
PAUSE = 0.5
#: Seconds before a worker that died is started again; doubled while it dies within as many.
RESTART, LONGEST_RESTART = 1.0, 32.0


class Command(BaseCommand):
    help = "Serve the example site and run a worker; Ctrl-C stops both."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        if processes.is_taken(port):
            raise CommandError(
                f"Port {port} is taken. Stop what listens there, or take another one: "
                f"make serve PORT={port + 1}"
            )
        call_command("migrate", verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        user = demo_user.ensure()
        worker, web = processes.worker(), processes.web(port)
        with processes.terminable(), worker, web:
            try:
                processes.await_port(web, port)
                self.greet(f"http://{processes.HOST}:{port}", user)
                self.keep_going(worker, web)
            except processes.StartFailed as error:
                raise CommandError(str(error)) from error
            except KeyboardInterrupt:
                self.say("\nStopping; Celery takes some seconds. Ctrl-C again ends it at once.")
        self.say("Stopped.")

    def keep_going(self, worker: processes.Process, web: processes.Process) -> None:
        """Start the worker again whenever it dies. Raises ``CommandError`` when the site does."""
        pause, started = RESTART, time.monotonic()
        while web.is_alive:
            time.sleep(PAUSE)
            if worker.is_alive:
                continue
            lived = time.monotonic() - started
            pause = RESTART if lived > LONGEST_RESTART else pause
            self.say(f"The worker ended. {worker.tail(8)}\n\nStarting another in {pause:g} s.\n")
            worker.stop()  # its own children may be left
            time.sleep(pause)
            worker.start()
            pause, started = min(2 * pause, LONGEST_RESTART), time.monotonic()
        raise CommandError(f"The web server ended. {web.tail()}")

    def greet(self, address: str, user: User) -> None:
        """Say where everything is, and how to talk to it."""
        account = f"sign in as {demo_user.NAME}, password {demo_user.PASSWORD}"
        self.say(
            f"\n  Site   {address}/\n"
            f"  Admin  {address}/admin/{f'  ({account})' if settings.DEBUG else ''}\n"
            f"  API    {address}/v3/\n"
            f"  Logs   {processes.var_dir() / 'log'}/\n"
        )
        if settings.DEBUG:
            self.say(curl(address, demo_user.fresh_token(user, "make serve"), user))
        self.say("Ctrl-C stops the site and the worker.")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def curl(address: str, token: str, user: User) -> str:
    """Two commands to paste: one submits a job over HTTP, the other reads the newest ones."""
    body = {
        "model": kinds.RECORDING.model(),
        "input": {"file": str(sample_file(user).pk), "language": "en"},
    }
    jobs = f"{address}/v3/universal-ai/async"
    return (
        "Submit a job over HTTP, as any client of the service does:\n\n"
        f"  curl -X POST {jobs} \\\n"
        f"    -H 'Authorization: Bearer {token}' \\\n"
        "    -H 'Content-Type: application/json' \\\n"
        f"    -d '{json.dumps(body)}'\n\n"
        "and read it, with the public_id that it answers:\n\n"
        f"  curl {jobs}/PUBLIC_ID -H 'Authorization: Bearer {token}'\n"
    )


def sample_file(owner: User) -> UniversalAIFile:
    """The spoken sample among the owner's uploads; uploaded now if it isn't there."""
    for file in UniversalAIFile.objects.living().filter(owner=owner, purpose=PURPOSE):
        if file.file.storage.exists(str(file.file.name)):
            return file
    source = intake.SAMPLES / "speech.wav"
    return UniversalAIFile.objects.store(
        source, owner=owner, content_type="audio/x-wav", purpose=PURPOSE
    )
