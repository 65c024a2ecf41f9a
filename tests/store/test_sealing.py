"""Sealed values open in one place, with one key, unchanged; and look-ups tell nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from service.domain import ids
from service.store import keys, sealing
from service.store.sealing import SealBroken, Vault
from tests.store.ground import Ground

PLACE = "takedowns.url"


@pytest.fixture
def row() -> UUID:
    return ids.new_id()


def key_of(vault: Vault) -> sealing.Key:
    return vault.new_key(ids.new_id())[0]


@given(clear=st.binary(max_size=2000))
def test_what_is_sealed_opens_again(clear: bytes) -> None:
    key, row = sealing.Key(bytes(32)), UUID(int=7)

    assert key.open(PLACE, row, key.seal(PLACE, row, clear)) == clear


def test_two_seals_of_one_value_differ(vault: Vault, row: UUID) -> None:
    key = key_of(vault)

    assert key.seal(PLACE, row, b"x") != key.seal(PLACE, row, b"x")


@pytest.mark.parametrize("change", ["place", "row", "key", "version", "cut", "empty"])
def test_a_seal_opens_nowhere_else(vault: Vault, row: UUID, change: str) -> None:
    key = key_of(vault)
    sealed = key.seal(PLACE, row, b"https://example.com/1")
    opener = key_of(vault) if change == "key" else key
    place = "takedowns.locator" if change == "place" else PLACE
    where = ids.new_id() if change == "row" else row
    given_ = {"version": b"\x02" + sealed[1:], "cut": sealed[:-1], "empty": b""}.get(change, sealed)

    with pytest.raises(SealBroken):
        opener.open(place, where, given_)


def test_every_changed_byte_is_noticed(vault: Vault, row: UUID) -> None:
    key = key_of(vault)
    sealed = key.seal(PLACE, row, b"abc")

    for i in range(len(sealed)):
        with pytest.raises(SealBroken):
            key.open(PLACE, row, sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1 :])


def test_json_comes_back_as_it_went(vault: Vault, row: UUID) -> None:
    key = key_of(vault)
    value = {"b": [1, None, True], "a": "한국어"}

    assert key.open_json(PLACE, row, key.seal_json(PLACE, row, value)) == value


def test_a_key_opens_only_with_the_file_that_wrapped_it(tmp_path: Path) -> None:
    owner = ids.new_id()
    Vault.make_file(tmp_path / "ours")
    Vault.make_file(tmp_path / "theirs")
    _, wrapped = Vault.from_file(tmp_path / "ours").new_key(owner)

    Vault.from_file(tmp_path / "ours").open_key(owner, wrapped)
    with pytest.raises(SealBroken):
        Vault.from_file(tmp_path / "theirs").open_key(owner, wrapped)
    with pytest.raises(SealBroken):
        Vault.from_file(tmp_path / "ours").open_key(ids.new_id(), wrapped)


def test_a_key_file_is_its_owner_s_and_is_never_overwritten(tmp_path: Path) -> None:
    Vault.make_file(tmp_path / "key")

    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        Vault.make_file(tmp_path / "key")


@pytest.mark.parametrize("content", ["", "abc", "zz" * 32, "ab" * 31, "ab" * 33])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content)

    with pytest.raises(ValueError, match=r"hexadecimal|fromhex"):
        Vault.from_file(tmp_path / "key")


def test_keys_show_nothing_of_themselves(vault: Vault) -> None:
    assert [repr(vault), repr(key_of(vault))] == ["<Vault>", "<Key>"]


def test_a_vault_remembers_a_bounded_number_of_keys(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_KEPT", 2)
    owners = [ids.new_id() for _ in range(3)]
    wrapped = {owner: vault.new_key(owner)[1] for owner in owners}

    assert len(vault._opened) == 2
    assert vault.open_key(owners[0], wrapped[owners[0]]) is not None


def test_a_look_up_value_depends_on_key_and_purpose_and_value(vault: Vault) -> None:
    one, other = key_of(vault), key_of(vault)

    assert one.mac("locator", "a") == one.mac("locator", "a")
    different = {
        one.mac("locator", "a"), one.mac("locator", "b"), one.mac("reference", "a"),
        other.mac("locator", "a"),
    }  # fmt: skip
    assert len(different) == 4


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(payload=st.dictionaries(st.text(st.characters(codec="ascii"), max_size=8), values))
def test_canonical_json_is_rfc_8785(payload: dict[str, Any]) -> None:
    assert sealing.canonical(payload) == rfc8785.dumps(payload)


@given(payload=st.dictionaries(st.sampled_from("abc"), values, min_size=1))
def test_a_commitment_opens_with_its_salt_and_payload_alone(payload: dict[str, Any]) -> None:
    salt = os.urandom(32)
    commitment = sealing.commitment(salt, payload)

    assert sealing.commitment(salt, json.loads(json.dumps(payload))) == commitment
    assert sealing.commitment(os.urandom(32), payload) != commitment
    assert sealing.commitment(salt, {**payload, "d": 1}) != commitment


async def test_keys_are_opened_in_a_transaction(ground: Ground) -> None:
    other = await ground.new_case()

    async def work(u: Any) -> None:
        found = await keys.case_keys(u, [ground.case, other])
        assert set(found) == {ground.case, other}
        assert await keys.case_keys(u, []) == {}
        assert repr(await keys.case_key(u, other)) == "<Key>"
        assert repr(await keys.organisation_key(u, ground.organisation)) == "<Key>"
        with pytest.raises(KeyError):
            await keys.case_key(u, ids.new_id())
        with pytest.raises(KeyError):
            await keys.organisation_key(u, ids.new_id())

    await ground.store.run(work)
