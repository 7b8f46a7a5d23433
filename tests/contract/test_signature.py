"""Signatures: every spelling that a signer may have used, and nothing else."""

from __future__ import annotations

import hashlib
import json
import random
import re
import struct
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from django_universal_ai.contract.canonical import canonical_forms, canonical_json
from django_universal_ai.contract.signature import load_public_keys, sign, signed_body, verify
from tests.upstream.signing import Key, other_key, service_key

BODY = {"job_id": "7d2a", "status": "success", "output": {"text": "Grüße", "score": 0.5}}

#: (Python's repr, orjson up to 3.11, orjson from 3.12), as these versions wrote them.
FLOATS = [
    ("0.0", "0.0", "0.0"),
    ("-0.0", "-0.0", "-0.0"),
    ("0.1", "0.1", "0.1"),
    ("0.0001", "0.0001", "0.0001"),
    ("1e-05", "0.00001", "0.00001"),
    ("2.7625493062554843e-05", "0.000027625493062554843", "0.000027625493062554843"),
    ("9.999999999999999e-06", "9.999999999999999e-6", "9.999999999999999e-6"),
    ("1e-07", "1e-7", "1e-7"),
    ("1.5e-10", "1.5e-10", "1.5e-10"),
    ("5e-324", "5e-324", "5e-324"),
    ("1000000000000000.0", "1000000000000000.0", "1000000000000000.0"),
    ("1e+16", "1e16", "1e+16"),
    ("-1e+16", "-1e16", "-1e+16"),
    ("1.2345678901234568e+17", "1.2345678901234568e17", "1.2345678901234568e+17"),
    ("1e+22", "1e22", "1e+22"),
    ("1.5e+300", "1.5e300", "1.5e+300"),
    ("1.7976931348623157e+308", "1.7976931348623157e308", "1.7976931348623157e+308"),
]


def keys() -> list[rsa.RSAPublicKey]:
    return [service_key().public]


def raw(body: Any) -> bytes:
    return json.dumps(body).encode()


# ------------------------------------------------------------------------------ canonical forms


@pytest.mark.parametrize(("python", "old", "new"), FLOATS)
def test_a_float_is_known_in_every_spelling(python: str, old: str, new: str) -> None:
    forms = set(canonical_forms({"a": [float(python)], "b": float(python)}))
    for spelling in (python, old, new):
        text = f'{{\n  "a": [\n    {spelling}\n  ],\n  "b": {spelling}\n}}'
        assert text.encode() in forms
    assert len(forms) == len({python, old, new})


@pytest.mark.parametrize("text", ["1e16", "1e+16,", " 0.00001", "x 1e-7", '1e16",\n"', "\n 1e-05"])
def test_strings_that_look_like_numbers_stay_as_they_are(text: str) -> None:
    document = {text: [text, {"k": text}]}
    assert list(canonical_forms(document)) == [canonical_json(document)]


def _floats() -> st.SearchStrategy[float]:
    return st.floats(allow_nan=False, allow_infinity=False)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | _floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), _JSON))
def test_the_forms_are_those_of_orjson_and_of_python(document: dict[str, Any]) -> None:
    forms = list(canonical_forms(document))
    layout = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
    assert forms[0] == orjson.dumps(document, option=layout)
    assert json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False).encode() in forms
    assert len(set(forms)) == len(forms) <= 3


def test_integers_that_orjson_cannot_write_have_pythons_form() -> None:
    form = b'{\n  "a": "\xc3\xa9",\n  "n": 18446744073709551616\n}'
    assert list(canonical_forms({"n": 2**64, "a": "\u00e9"})) == [form]


def test_half_a_surrogate_pair_has_no_form() -> None:
    assert list(canonical_forms({"text": "\ud800"})) == []


# ------------------------------------------------------------------------------------ verifying


def test_what_is_signed_here_is_verified_here_and_by_the_service() -> None:
    signature = sign(BODY, service_key().private)
    assert verify(raw(BODY), signature, keys())
    assert signature == service_key().headers(raw(BODY))["X-Edenai-Signature"]


def test_a_body_is_sent_in_the_very_form_that_is_signed() -> None:
    body, signature = signed_body({"b": 1e16, "a": "é"}, service_key().private)
    assert body == canonical_json({"a": "é", "b": 1e16})
    assert verify(body, signature, [service_key().public])
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        signed_body({"a": "\ud800"}, service_key().private)


def test_any_of_several_keys_will_do() -> None:
    signature = sign(BODY, service_key().private)
    assert verify(raw(BODY), signature, [other_key().public, service_key().public])
    assert not verify(raw(BODY), signature, [other_key().public])
    assert not verify(raw(BODY), signature, [])


def test_layout_and_order_of_the_body_make_no_difference() -> None:
    signature = sign(BODY, service_key().private)
    shuffled = json.dumps(dict(reversed(BODY.items())), indent=7, ensure_ascii=False)
    assert verify(shuffled.encode(), signature, keys())


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        lambda s: f" {s}",
        lambda s: f"{s}\n",
        lambda s: s[:-1],
        lambda s: f"{s[:2]} {s[2:]}",
        lambda s: f"0x{s[2:]}",
        lambda s: f"00{s}",
        lambda s: s.replace(s[9], "٣"),
        lambda s: "",
        lambda s: "0" * len(s),
        lambda s: "f" * len(s),
    ],
)
def test_signatures_must_be_plain_hex_of_the_right_length(change: Any) -> None:
    signature = sign(BODY, service_key().private)
    assert not verify(raw(BODY), change(signature), keys())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b"[" * 201 + b"]" * 201,
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\\ud800"}',
    ],
)
def test_bodies_that_nobody_can_have_signed(body: bytes) -> None:
    signature = sign({"a": None}, service_key().private)
    assert not verify(body, signature, keys())


def test_a_forger_does_not_make_us_parse() -> None:
    huge = b"[" + b"[]," * 3_000_000 + b"[]]"
    assert not verify(huge, "ab" * 256, keys())  # or this would take seconds


# ----------------------------------------------------------------- the promises, in small figures


def _random_float(chance: random.Random) -> float:
    while True:
        number: float = struct.unpack("d", chance.randbytes(8))[0]
        if number == number and abs(number) != float("inf"):
            return number


def _random_document(chance: random.Random, depth: int = 3) -> Any:
    kind = chance.randrange(8 if depth else 6)
    if kind >= 7:
        return {
            f"{chance.choice('aé漢😀')}{n}": _random_document(chance, depth - 1)
            for n in range(chance.randrange(5))
        }
    if kind == 6:
        return [_random_document(chance, depth - 1) for _ in range(chance.randrange(5))]
    simple = (None, True, "1e16 \n", chance.randint(-(2**63), 2**64 - 1))
    return simple[kind] if kind < 4 else _random_float(chance)


@pytest.mark.parametrize("plus", [True, False], ids=["from 3.12", "up to 3.11"])
def test_random_documents_of_both_orjsons(plus: bool) -> None:
    chance = random.Random(20)  # noqa: S311 - documents, no secret
    for _ in range(300):
        body = {"job_id": "x", "a": _random_document(chance), "b": _random_document(chance)}
        text = _spelled(canonical_json(body), plus)
        signature = service_key().sign(text)
        sent = bytearray(orjson.dumps(body))
        assert verify(bytes(sent), signature, keys())
        place = chance.randrange(len(sent))
        sent[place] ^= 1 << chance.randrange(7)
        assert not verify(bytes(sent), signature, keys()) or _equal(bytes(sent), body)


def _spelled(text: bytes, plus: bool) -> bytes:
    """The text with floats as an orjson of the other age writes them, line by line."""
    return re.sub(rb"(?m)(\d)e\+?(\d+,?)$", rb"\1e+\2" if plus else rb"\1e\2", text)


def _equal(sent: bytes, body: Any) -> bool:
    return bool(json.loads(sent) == body)


def test_no_mutant_of_a_signed_body_is_accepted() -> None:
    body = {"job_id": "7d2a", "status": "success", "output": {"n": [1, 2.5, 1e16], "t": "é"}}
    sent, signature = raw(body), sign(body, service_key().private)
    chance = random.Random(7)  # noqa: S311 - as above
    for _ in range(2000):
        mutant = mutated(sent, chance)
        assert not verify(mutant, signature, keys()) or _equal(mutant, body), mutant


def mutated(sent: bytes, chance: random.Random) -> bytes:
    """One to three small changes: a bit, a byte, a piece gone, doubled or moved."""
    data = bytearray(sent)
    for _ in range(chance.randint(1, 3)):
        at, upto = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        piece = data[at : min(upto, at + 12)]
        match chance.randrange(5):
            case 0:
                data[at % len(data)] ^= 1 << chance.randrange(8)
            case 1:
                data[at:at] = chance.choice([b"0", b" ", b",", b'"', b"1", b"e9", b"\x00", b"NaN"])
            case 2:
                del data[at : at + len(piece)]
            case 3:
                data[at:at] = piece
            case _:
                data[at : at + 1] = bytes([chance.randrange(256)])
        data = data or bytearray(b"{")
    return bytes(data)


# ----------------------------------------------------------------------------------------- keys


def test_a_pem_may_hold_several_keys() -> None:
    loaded = load_public_keys([service_key().pem + other_key().pem])
    assert list(loaded) == [service_key().public, other_key().public]


def test_the_older_pem_format_is_read_too() -> None:
    old = service_key().public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.PKCS1
    )
    assert list(load_public_keys([old.decode()])) == keys()


def _elliptic() -> str:
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def _private() -> str:
    return (
        service_key()
        .private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


@pytest.mark.parametrize(
    ("pem", "words"),
    [
        ("hello", "no PEM block"),
        ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "can't be read"),
        (_elliptic, "isn't an RSA key"),
        (lambda: Key(1024).pem, "1024 bits are too few"),
        (_private, "a private key"),
    ],
)
def test_keys_that_are_no_good(pem: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        load_public_keys([pem if isinstance(pem, str) else pem()])


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django_universal_ai.contract.signature.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"pip install 'django-universal-ai\[webhooks\]'"):
        load_public_keys([service_key().pem])


def test_the_signed_text_is_the_digests_hex() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    signature = bytes.fromhex(sign({"b": 1, "a": "é"}, service_key().private))
    text = '{\n  "a": "é",\n  "b": 1\n}'.encode()
    hex_text = hashlib.sha256(text).hexdigest().encode()
    service_key().public.verify(signature, hex_text, padding.PKCS1v15(), hashes.SHA256())
