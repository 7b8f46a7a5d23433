"""``python -m tests.upstream --port 0``: serves until it is stopped; prints its URL first."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from typing import Any

from .server import Upstream


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.upstream", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--seed", type=int, default=0, help="of everything that chance decides")
    parser.add_argument("--until-eof", action="store_true", help="stop when stdin ends")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=JSON",
        help='a setting, for example seconds=2 or \'keys={"k": "account"}\'',
    )
    return parser.parse_args()


def settings(pairs: list[str]) -> dict[str, Any]:
    split = (pair.partition("=") for pair in pairs)
    return {name: json.loads(value) for name, _, value in split}


def main() -> None:
    options = arguments()
    with Upstream(port=options.port, seed=options.seed, **settings(options.set)) as upstream:
        sys.stdout.write(f"{upstream.url}\n")
        sys.stdout.flush()
        if options.until_eof:
            sys.stdin.read()
        else:
            signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    main()
