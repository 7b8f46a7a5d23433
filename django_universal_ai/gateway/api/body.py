"""Reading a JSON body without trust."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.types import DictStrAny


class NotJson(ValueError):
    """The body isn't JSON; ``place`` is where, in characters, if that is known."""

    def __init__(self, reason: str, *place: int) -> None:
        super().__init__(f"The body isn't JSON: {reason}")
        self.place = place


class StrictParser(Parser):
    """JSON as RFC 8259 has it: UTF-8, and no NaN."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        try:
            data: Any = json.loads(request.body.decode(), parse_constant=_refuse)
        except json.JSONDecodeError as error:
            raise NotJson(error.msg, error.pos) from error
        except RecursionError as error:
            raise NotJson("it is nested too deeply") from error
        except ValueError as error:  # the encoding, NaN, or an integer of thousands of digits
            raise NotJson(str(error)) from error
        parsed: DictStrAny = data
        return parsed


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
