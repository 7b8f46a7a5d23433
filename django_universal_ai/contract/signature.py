"""Signatures of webhooks: RSA, PKCS#1 v1.5, SHA-256.

What is signed is the SHA-256 of the :mod:`canonical JSON <.canonical>` of the body, as hex text.
Needs the ``webhooks`` extra (cryptography and orjson).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from .canonical import canonical_forms, canonical_json
from .strict_json import read_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

#: The headers of a signed webhook.
SIGNATURE_HEADER = "X-Edenai-Signature"
ALGORITHM_HEADER = "X-Edenai-Hash-Algorithm"
ALGORITHM = "SHA256"

#: Bits; shorter keys are refused.
MIN_KEY_SIZE = 2048

_LOWER_HEX = re.compile(r"[0-9a-f]+")
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)


def load_public_keys(pems: Iterable[str]) -> tuple[RSAPublicKey, ...]:
    """The keys of PEM texts, each of which may hold several.

    Raises :class:`ValueError` that says what is wrong with a key, :class:`ImportError` that names
    the extra to install.
    """
    for needed in ("cryptography", "orjson"):
        if find_spec(needed) is None:
            raise ImportError(
                f"Checking signatures needs {needed}: pip install 'django-universal-ai[webhooks]'"
            )
    return tuple(key for pem in pems for key in _keys_of(pem))


def _keys_of(pem: str) -> Iterator[RSAPublicKey]:
    found = list(_PEM.finditer(pem))
    if not found:
        raise ValueError("there is no PEM block in it (-----BEGIN PUBLIC KEY----- ...)")
    for block in found:
        yield _load(block[1], block[0].encode())


def _load(label: str, pem: bytes) -> RSAPublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if "PRIVATE" in label:
        raise ValueError("it is a private key; the public one is needed here")
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(f"its {label} can't be read as a public key") from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("it isn't an RSA key")
    if key.key_size < MIN_KEY_SIZE:
        raise ValueError(f"its {key.key_size} bits are too few; {MIN_KEY_SIZE} are needed")
    return key


def sign(body: Mapping[str, Any], private_key: RSAPrivateKey) -> str:
    """The signature of a webhook's body, as hex. Raises like :func:`.canonical.canonical_json`."""
    return _sign(canonical_json(body), private_key)


def signed_body(body: Mapping[str, Any], private_key: RSAPrivateKey) -> tuple[bytes, str]:
    """A webhook's body as bytes, and its signature.

    The bytes are the canonical form itself: a receiver in a language that writes numbers in
    another way needs only them, and one that builds the form anew gets the same. Raises
    :class:`ValueError` for what has no form.
    """
    form = next(canonical_forms(body), None)
    if form is None:
        raise ValueError("it holds half of a surrogate pair")
    return form, _sign(form, private_key)


def verify(raw: bytes, signature: str, public_keys: Iterable[RSAPublicKey]) -> bool:
    """Whether one of the keys signed this body, in any of its canonical forms."""
    return find_signer(raw, signature, public_keys) is not None


def find_signer(
    raw: bytes, signature: str, public_keys: Iterable[RSAPublicKey]
) -> RSAPublicKey | None:
    """The key that signed this body; ``None`` where it was none of them. Never raises.

    The body is parsed only once a key has opened the signature: a forger costs us one RSA
    operation (some 30 microseconds), however large the body is.
    """
    opened = {digest: key for key in public_keys if (digest := _open(signature, key))}
    if not opened:
        return None
    try:
        document = read_json(raw)
    except ValueError:
        return None
    for form in canonical_forms(document):
        if key := opened.get(sha256(_signed_text(form)).digest()):
            return key
    return None


def _sign(canonical: bytes, private_key: RSAPrivateKey) -> str:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return private_key.sign(_signed_text(canonical), PKCS1v15(), SHA256()).hex()


def _signed_text(canonical: bytes) -> bytes:
    return sha256(canonical).hexdigest().encode()


def _open(signature: str, key: RSAPublicKey) -> bytes | None:
    """The digest inside a signature; ``None`` where this key didn't make it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    # Not bytes.fromhex alone: it reads blanks and capitals, which nobody sends.
    if len(signature) != key.key_size // 4 or not _LOWER_HEX.fullmatch(signature):
        return None
    try:
        return key.recover_data_from_signature(bytes.fromhex(signature), PKCS1v15(), SHA256())
    except InvalidSignature:
        return None
