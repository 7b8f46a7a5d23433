"""``python -m tests.live.host.desk``: does to the host's rows what each line on its input says.

A line is Python as a JSON string; its answer is ``{"value": ...}`` of the last expression.
"""

from __future__ import annotations

import ast
import json
import sys
import traceback
from typing import Any

import django
from django.core.management import call_command

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402

from tests.live.conftest import url_of  # noqa: E402
from tests.rows import change, fresh, in_seconds, learned, make_job  # noqa: E402


def session_of(name: str) -> str:
    """The session of a browser in which somebody is signed in."""
    client = Client()
    client.force_login(User.objects.get_or_create(username=name)[0])
    return client.cookies["sessionid"].value


def make(status: str = "processing", owner: str = "ada", **fields: Any) -> str:
    """A job of somebody's; gives its id."""
    user = User.objects.get_or_create(username=owner)[0]
    return str(make_job(status, owner=user, **fields).pk)


def become(pk: str, **fields: Any) -> None:
    """Change a row as workers would."""
    from django_universal_ai.models import UniversalAIJob

    change(UniversalAIJob.objects.get(pk=pk), **fields)


NAMES = {
    each.__name__: each
    for each in (session_of, make, become, url_of, fresh, in_seconds, learned, make_job)
}


def value_of(code: str) -> Any:
    """Run the lines; the value of the last one, where it is an expression."""
    from django_universal_ai.models import UniversalAIJob

    names: dict[str, Any] = {**NAMES, "jobs": UniversalAIJob.objects}
    lines = ast.parse(code)
    last = lines.body.pop()
    assert isinstance(last, ast.Expr), "The last line must have a value."
    exec(compile(lines, "desk", "exec"), names)  # noqa: S102 - from our own tests
    expression = ast.Expression(last.value)
    return eval(compile(expression, "desk", "eval"), names)  # noqa: S307 - as above


def main() -> None:
    call_command("migrate", "-v0")
    for line in sys.stdin:
        try:
            answer = {"value": value_of(json.loads(line))}
        except Exception:  # whatever it is, the test shows it
            answer = {"error": traceback.format_exc()}
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
