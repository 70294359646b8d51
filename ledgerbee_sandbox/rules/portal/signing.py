"""The portal's signing key. A test key that everybody may know: it is made from a fixed seed."""

from __future__ import annotations

import base64
import hashlib
import random
from functools import cache
from typing import NamedTuple

BITS = 2048
_E = 65537
_WITNESSES = 24
# The SHA-256 DigestInfo of RFC 8017, section 9.2.
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


class Key(NamedTuple):
    n: int
    e: int
    d: int


@cache
def key() -> Key:
    """The key pair. It takes about a second, once; hence on first use."""
    generator = random.Random("ledgerbee-sandbox")  # noqa: S311  Not a secret, see above.
    p, q = _prime(generator), _prime(generator)
    return Key(p * q, _E, pow(_E, -1, (p - 1) * (q - 1)))


def _prime(generator: random.Random) -> int:
    half = BITS // 2
    while True:
        number = generator.getrandbits(half) | (0b11 << (half - 2)) | 1
        if number % _E != 1 and _is_prime(number, generator):
            return number


def _is_prime(number: int, generator: random.Random) -> bool:
    """Trial division, then Miller-Rabin."""
    if any(number % small == 0 for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67)):
        return False
    twos = ((number - 1) & -(number - 1)).bit_length() - 1
    odd = (number - 1) >> twos
    return all(_passes(generator.randrange(2, number - 1), odd, twos, number) for _ in range(_WITNESSES))


def _passes(base: int, odd: int, twos: int, number: int) -> bool:
    power = pow(base, odd, number)
    if power in {1, number - 1}:
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def public_jwk() -> dict[str, str]:
    """The public half, as RFC 7517 writes it; its id is the RFC 7638 thumbprint."""
    n, e = _b64(_bytes(key().n)), _b64(_bytes(key().e))
    thumbprint = hashlib.sha256(f'{{"e":"{e}","kty":"RSA","n":"{n}"}}'.encode()).digest()
    return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": _b64(thumbprint), "n": n, "e": e}


def sign(message: bytes) -> bytes:
    """An RS256 signature (RSASSA-PKCS1-v1_5 with SHA-256)."""
    info = _SHA256 + hashlib.sha256(message).digest()
    size = BITS // 8
    padded = b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info
    return pow(int.from_bytes(padded, "big"), key().d, key().n).to_bytes(size, "big")
