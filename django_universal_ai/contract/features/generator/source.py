"""Reading what a service tells of its features, from a file or from the service itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from ..offer import Offer
from .spec import FeatureSpec, UnreadableSource, read_fields

_PRICE = re.compile(r"\$(?P<price>[\d.]+) per (?:(?P<quantity>[\d,]+) )?(?P<unit>\w+)")
_TIMEOUT = 30.0


def read(source: str) -> list[FeatureSpec]:
    """Every feature of a source, by name.

    A source is the address of ``/v3/info``, or a JSON file: a list whose items are answers of
    ``/v3/info/{feature}/{subfeature}``, or have the fields of such an answer as ``input`` and
    ``output``. Raises :class:`UnreadableSource`, and :class:`OSError` for what isn't there.
    """
    found = _ask(source) if source.startswith(("https://", "http://")) else _load(source)
    return sorted((_feature(entry) for entry in found), key=lambda feature: feature.name)


def _load(path: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(Path(path).read_text("utf-8"))
    except ValueError as error:
        raise UnreadableSource(f"{path} isn't JSON: {error}") from None
    if not isinstance(found, list):
        raise UnreadableSource(f"{path} isn't a list of features")
    return found


def _ask(address: str) -> Iterator[dict[str, Any]]:
    root = address.rstrip("/")
    try:
        names = [
            f"{feature['name']}/{subfeature['name']}"
            for feature in _get(root)["features"]
            for subfeature in feature["subfeatures"]
        ]
    except (KeyError, TypeError) as error:
        raise UnreadableSource(f"{root} doesn't list features: {error}") from None
    for name in names:
        yield _get(f"{root}/{name}?format=simplified")


def _get(address: str) -> Any:
    # Only http and https come here, see read(); and who runs this names the service.
    with urlopen(address, timeout=_TIMEOUT) as answer:  # noqa: S310
        try:
            return json.load(answer)
        except ValueError as error:
            raise UnreadableSource(f"{address} answers no JSON: {error}") from None


def _feature(entry: dict[str, Any]) -> FeatureSpec:
    try:
        category, subfeature, mode = entry["feature"], entry["subfeature"], entry["mode"]
        input = entry["input"] if "input" in entry else entry["input_schema"]["fields"]
        output = entry["output"] if "output" in entry else entry["output_schema"]["fields"]
        offers = tuple(_offer(model) for model in entry["models"])
    except (KeyError, TypeError) as error:
        raise UnreadableSource(f"a feature without {error}: {str(entry)[:80]}") from None
    if mode not in ("sync", "async"):
        raise UnreadableSource(f"{category}/{subfeature}: the mode {mode!r} isn't known")
    place = f"{category}/{subfeature}"
    return FeatureSpec(
        category,
        subfeature,
        mode,
        read_fields(input, f"{place} input"),
        read_fields(output, f"{place} output"),
        tuple(sorted(offers, key=lambda offer: offer.model)),
    )


def _offer(model: dict[str, Any]) -> Offer:
    name = str(model["model"])
    if pricing := model.get("pricing"):
        quantity = int(pricing["price_unit_quantity"])
        price = _decimal(str(pricing["price"]))
        return Offer(name, price, quantity, str(pricing["price_unit_type"]))
    told = str(model.get("price", "Free"))
    if told == "Free":
        return Offer(name, Decimal(0))
    if not (found := _PRICE.fullmatch(told)):
        raise UnreadableSource(f"{name}: the price {told!r} can't be read")
    if found["quantity"] is None:
        return Offer(name, _decimal(found["price"]), 1, found["unit"])
    quantity = int(found["quantity"].replace(",", ""))
    return Offer(name, _decimal(found["price"]), quantity, found["unit"].removesuffix("s"))


def _decimal(text: str) -> Decimal:
    """One spelling for one number: 16 for 16.0 and 1.6e1."""
    try:
        return Decimal(f"{Decimal(text).normalize():f}")
    except InvalidOperation:
        raise UnreadableSource(f"the price {text!r} is no number") from None
