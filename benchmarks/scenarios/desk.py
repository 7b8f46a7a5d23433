"""The admin's list of jobs with a million of them, beside the same with a thousand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from ..course import say
from ..measures import Peak, memory
from ..stage import Figures, stage
from ..talking import Talker

LIST = "/admin/universal_ai/universalaijob/"
#: What a person looks at: a name for the figures, and the address, with what is looked for.
PAGES = {
    "list": LIST,
    "second": f"{LIST}?p=2",
    "status": f"{LIST}?status__exact=success",
    "failed": f"{LIST}?status__exact=fail",
    "at_work": f"{LIST}?status__exact=processing",
    "person": f"{LIST}?needs=person",
    "uncertain": f"{LIST}?needs=look",
    "risk": f"{LIST}?needs=risk",
    "undelivered": f"{LIST}?needs=delivery",
    "slow": f"{LIST}?slow=yes",
    "young": f"{LIST}?age=0-1",
    "old": f"{LIST}?age=168-",
    "feature": f"{LIST}?feature=translation",
    "subfeature": f"{LIST}?subfeature=moderation",
    "provider": f"{LIST}?provider=clarifai",
    "backend": f"{LIST}?backend=local",
    "owner": f"{LIST}?owner=1",
    "two": f"{LIST}?status__exact=fail&provider=amazon",
    "date": f"{LIST}?requested_at__year={{year}}",
    "id": f"{LIST}?q={{id}}",
    "public_id": f"{LIST}?q={{public_id}}",
    "model": f"{LIST}?q=deepl",
    "owned": f"{LIST}?q=owner3",
    "object": f"{LIST}?q=40",
    "job": f"{LIST}{{id}}/change/",
}


@dataclass(frozen=True, slots=True)
class Size:
    few: int = 1000
    many: int = 1_000_000
    #: Of each job that ended well, in thousands of characters.
    output_kb: int = 100
    turns: int = 9


QUICK = Size(many=20_000, output_kb=4, turns=3)
#: Filling the table takes most of the time, and turns tell how much the machine varies.
REPEAT = 1


def pages(size: Size) -> Figures:
    """Each page of both tables in turns, then exports of both."""
    with stage("desk", "desk: few") as few, stage("desk", "desk: many") as many:
        people = {"few": few.web(), "many": many.web()}
        for name, person in people.items():
            person.call("fill", count=getattr(size, name), output_kb=size.output_kb)
        some = {name: person.call("some") for name, person in people.items()}
        figures: Figures = {"fill_seconds": people["many"].seconds}
        for page, path in PAGES.items():
            paths = {name: path.format(**some[name]) for name in people}
            figures |= _page(page, people, paths, size.turns)
            say({name: value for name, value in figures.items() if name.startswith(f"{page}_")})
        for name, person in people.items():
            figures |= {f"csv_{name}_{key}": value for key, value in _taken(person, "csv").items()}
        share = f"subfeature=moderation&requested_at__year={some['many']['year']}"
        taken = _taken(people["many"], "jsonl", share)
        figures |= {f"jsonl_many_{key}": value for key, value in taken.items()}
        say(figures)
        return figures


def _page(page: str, people: dict[str, Talker], paths: dict[str, str], turns: int) -> Figures:
    took: dict[str, list[float]] = {name: [] for name in people}
    figures: Figures = {}
    for name, person in people.items():
        figures[f"{page}_{name}_queries"] = person.call("queries", path=paths[name])
    for _ in range(turns):
        for name, person in people.items():
            took[name].append(person.call("look", path=paths[name]))
    for name, seconds in took.items():
        figures[f"{page}_{name}_ms"] = median(seconds) * 1000
    return figures | {f"{page}_ratio": median(took["many"]) / median(took["few"])}


def _taken(person: Talker, format: str, query: str = "") -> Figures:
    """An export of what the query fits, and the memory that it needed."""
    before = memory([person.pid])
    with Peak(lambda: memory([person.pid]), every=0.1) as peak:
        figures: Figures = person.call("export", format=format, query=query)
    return figures | {"seconds": person.seconds, "more_mb": (peak.value - before) / 1e6}


CONTESTANTS: dict[str, Callable[[Size], Figures]] = {"pages": pages}
