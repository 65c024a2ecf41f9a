"""Sealing what must not be read in a stolen database: AES-256-GCM, one key per case, wrapped by a
key in a file.

A sealed value is `version (1 byte) | nonce (12) | ciphertext and tag`. What it belongs to (table,
column, row)
is bound in, so that a value moved elsewhere does not open. Look-ups go by HMAC-SHA256 under a key
that is
derived from the organisation's.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION: Final = b"\x01"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_KEPT: Final = 4096  # opened keys that a process remembers


class SealBroken(Exception):
    """A sealed value does not open: wrong key, wrong place, or it was changed."""


class Key:
    """An opened key: of a case, or of an organisation."""

    __slots__ = ("_aead", "_secret")

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._aead = AESGCM(secret)

    def __repr__(self) -> str:
        return "<Key>"

    def seal(self, place: str, row: UUID, clear: bytes) -> bytes:
        """`place` is `table.column`; it and the row's id are bound in."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._aead.encrypt(nonce, clear, _bound(place, row))

    def open(self, place: str, row: UUID, sealed: bytes) -> bytes:
        """Raises `SealBroken`."""
        if sealed[:1] != _VERSION:
            raise SealBroken(place)
        nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._aead.decrypt(nonce, body, _bound(place, row))
        except InvalidTag:
            raise SealBroken(place) from None

    def seal_json(self, place: str, row: UUID, value: Any) -> bytes:
        clear = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return self.seal(place, row, clear.encode())

    def open_json(self, place: str, row: UUID, sealed: bytes) -> Any:
        return json.loads(self.open(place, row, sealed))

    def mac(self, purpose: str, value: str) -> bytes:
        """A look-up value for one purpose: equal for equal values, telling nothing else."""
        derived = hmac.digest(self._secret, b"efface mac " + purpose.encode(), "sha256")
        return hmac.digest(derived, value.encode(), "sha256")


def _bound(place: str, row: UUID) -> bytes:
    return b"efface|1|" + place.encode() + b"|" + row.bytes


class Vault:
    """The key that wraps all others, read from a file outside the database."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != _KEY_BYTES:
            raise ValueError("the key file must hold 64 hexadecimal characters")
        self._key = Key(secret)
        self._opened: OrderedDict[UUID, Key] = OrderedDict()

    def __repr__(self) -> str:
        return "<Vault>"

    @classmethod
    def from_file(cls, path: Path) -> Vault:
        """Raises `ValueError` when the file is not a key, `OSError` when it cannot be read."""
        return cls(bytes.fromhex(path.read_text(encoding="ascii").strip()))

    @staticmethod
    def make_file(path: Path) -> None:
        """Write a new key, whole or not at all, readable by its owner alone. Never overwrites.

        Raises `FileExistsError`.
        """
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(unfinished, flags, 0o600), "w") as file:
            file.write(os.urandom(_KEY_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(unfinished)
        finally:
            unfinished.unlink()

    def new_key(self, owner: UUID) -> tuple[Key, bytes]:
        """A new key for a case or an organisation, and its wrapped form for the database."""
        secret = os.urandom(_KEY_BYTES)
        key = Key(secret)
        self._remember(owner, key)
        return key, self._key.seal("keys.wrapped", owner, secret)

    def open_key(self, owner: UUID, wrapped: bytes) -> Key:
        """Raises `SealBroken` when it was wrapped by another file's key."""
        key = self._opened.get(owner)
        if key is None:
            key = Key(self._key.open("keys.wrapped", owner, wrapped))
            self._remember(owner, key)
        return key

    def _remember(self, owner: UUID, key: Key) -> None:
        self._opened[owner] = key
        while len(self._opened) > _KEPT:
            self._opened.popitem(last=False)


def commitment(salt: bytes, payload: Mapping[str, Any]) -> bytes:
    """A salted commitment: SHA-256 over 0x02, 32 random bytes, and the canonical JSON of the
    payload.
    """
    return hashlib.sha256(b"\x02" + salt + canonical(payload)).digest()


def canonical(value: Mapping[str, Any]) -> bytes:
    """RFC 8785 for values of strings, whole numbers, booleans, null, and lists and objects of them.

    Keys are ours and ASCII, so Python's order of code points is the RFC's. A test compares with
    `rfc8785`.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
