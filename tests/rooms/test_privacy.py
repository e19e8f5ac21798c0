"""Addresses are sealed to their row, recognised at their site only, and shown by nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.clock import new_id
from moderation.domain import SealedEmail
from moderation.errors import BadKeys, StorageUnavailable
from moderation.privacy import (
    DataKey,
    EmailVault,
    Purpose,
    SecretKeys,
    access_key_digest,
    new_access_key,
    new_secret_key,
    new_webhook_secret,
    sealed_with,
)

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SITE, OTHER_SITE = UUID(int=1), UUID(int=2)
ADDRESS = "ana@example.org"
OLD, NEW = "o" * 43, "n" * 43


def a_key(purpose: Purpose, *, secret: str = OLD, day: int = 0) -> DataKey:
    moment = NOW + timedelta(days=day)
    return SecretKeys([secret]).make(purpose, id=new_id(moment), now=moment)


DATA_KEYS = [a_key(purpose) for purpose in Purpose]


@pytest.fixture
def data_keys() -> list[DataKey]:
    return [a_key(purpose) for purpose in Purpose]


@pytest.fixture
def vault(data_keys: list[DataKey]) -> EmailVault:
    return EmailVault(SecretKeys([OLD]), data_keys)


@pytest.mark.parametrize("address", [ADDRESS, "пример@example.org", "a@b.co", f"{'a' * 64}@{'b' * 185}.org", ""])
def test_what_was_sealed_is_opened(vault: EmailVault, address: str) -> None:
    assert vault.open_email(SITE, vault.seal_email(SITE, address)) == address


def test_a_sealed_address_shows_nothing_of_it_and_is_new_each_time(vault: EmailVault) -> None:
    first, second = vault.seal_email(SITE, ADDRESS), vault.seal_email(SITE, ADDRESS)

    assert first.ciphertext != second.ciphertext
    assert b"ana" not in first.ciphertext
    assert ADDRESS not in repr(first)
    assert first.ciphertext.hex() not in repr(first)


def test_a_site_recognises_an_address_in_any_letter_case(vault: EmailVault) -> None:
    assert vault.fingerprint(SITE, "Ana@Example.org") == vault.fingerprint(SITE, ADDRESS)
    assert vault.seal_email(SITE, ADDRESS).fingerprint == vault.fingerprint(SITE, ADDRESS)
    assert vault.fingerprint(SITE, "anna@example.org") != vault.fingerprint(SITE, ADDRESS)


def test_two_sites_cannot_find_out_that_they_share_a_reader(vault: EmailVault) -> None:
    here, there = vault.seal_email(SITE, ADDRESS), vault.seal_email(OTHER_SITE, ADDRESS)

    assert here.fingerprint != there.fingerprint
    assert vault.seal_address(SITE, "192.0.2.7").fingerprint != vault.seal_address(OTHER_SITE, "192.0.2.7").fingerprint
    assert vault.keyed_digest(SITE)(b"x") != vault.keyed_digest(OTHER_SITE)(b"x")


def test_fingerprints_of_one_site_differ_by_what_they_are_of(vault: EmailVault) -> None:
    of_email = vault.fingerprint(SITE, "x")
    of_content = vault.keyed_digest(SITE)(b"x")

    assert of_email != of_content
    assert len(of_email) == len(of_content) == 32


def test_a_sealed_address_opens_at_no_other_author_site_or_column(vault: EmailVault) -> None:
    ana, bo = vault.seal_email(SITE, ADDRESS), vault.seal_email(SITE, "bo@example.org")
    secret = vault.seal_secret(SITE, "whsec_1")

    with pytest.raises(BadKeys):
        vault.open_email(SITE, SealedEmail(bo.fingerprint, ana.ciphertext))
    with pytest.raises(BadKeys):
        vault.open_email(OTHER_SITE, ana)
    with pytest.raises(BadKeys):
        vault.open_email(SITE, SealedEmail(ana.fingerprint, secret))
    with pytest.raises(BadKeys):
        vault.open_secret(SITE, ana.ciphertext)
    with pytest.raises(BadKeys):
        vault.open_secret(OTHER_SITE, secret)


def test_no_byte_of_a_sealed_address_can_be_changed_or_left_out(vault: EmailVault) -> None:
    sealed = vault.seal_email(SITE, ADDRESS)
    for index in range(len(sealed.ciphertext)):
        changed = bytearray(sealed.ciphertext)
        changed[index] ^= 1
        with pytest.raises(BadKeys):
            vault.open_email(SITE, SealedEmail(sealed.fingerprint, bytes(changed)))
    for length in range(len(sealed.ciphertext)):
        with pytest.raises(BadKeys):
            vault.open_email(SITE, SealedEmail(sealed.fingerprint, sealed.ciphertext[:length]))


def test_a_layout_of_a_later_version_is_refused(vault: EmailVault) -> None:
    sealed = vault.seal_email(SITE, ADDRESS)

    with pytest.raises(BadKeys):
        vault.open_email(SITE, SealedEmail(sealed.fingerprint, b"\x02" + sealed.ciphertext[1:]))


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("::1", "::/48"),
    ],
)
def test_only_the_network_of_an_ip_is_kept(vault: EmailVault, ip: str, network: str) -> None:
    sealed = vault.seal_address(SITE, ip)

    assert sealed.network == network
    assert ip not in repr(sealed)
    assert network not in repr(sealed)


@given(st.ip_addresses() | st.ip_addresses(network="::/80") | st.ip_addresses(network="2001:0:0:1::/80"))
def test_network_and_fingerprint_of_any_ip_are_those_of_its_canonical_form(address: IPv4Address | IPv6Address) -> None:
    vault = EmailVault(SecretKeys([OLD]), DATA_KEYS)
    plain = getattr(address, "ipv4_mapped", None) or address

    sealed = vault.seal_address(SITE, str(address))

    assert sealed.network == str(ip_network((plain, 24 if plain.version == 4 else 48), strict=False))
    assert sealed == vault.seal_address(SITE, plain.exploded.upper())


@pytest.mark.parametrize("ip", ["", "192.0.2", "192.0.2.007", "192.0.2.7.1", "1:2", "ana"])
def test_what_is_no_ip_is_not_sealed(vault: EmailVault, ip: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 address"):
        vault.seal_address(SITE, ip)


def test_one_address_in_two_notations_is_one_address_and_its_neighbour_another(vault: EmailVault) -> None:
    plain, mapped = vault.seal_address(SITE, "192.0.2.7"), vault.seal_address(SITE, "::ffff:192.0.2.7")

    assert plain == mapped
    assert plain.fingerprint != vault.seal_address(SITE, "192.0.2.8").fingerprint


def test_the_newest_data_key_seals_and_the_older_ones_still_open(data_keys: list[DataKey]) -> None:
    before = EmailVault(SecretKeys([OLD]), data_keys)
    newer = a_key(Purpose.EMAIL, day=1)
    after = EmailVault(SecretKeys([OLD]), [newer, *data_keys])

    assert after.open_email(SITE, before.seal_email(SITE, ADDRESS)) == ADDRESS
    assert sealed_with(after.seal_email(SITE, ADDRESS).ciphertext) == EmailVault.sealing_id(newer)
    assert after.fingerprint(SITE, ADDRESS) == before.fingerprint(SITE, ADDRESS)


def test_a_vault_opens_what_a_newer_key_sealed_once_it_has_learnt_of_it(
    vault: EmailVault, data_keys: list[DataKey]
) -> None:
    keys = [*data_keys, a_key(Purpose.EMAIL, day=1)]
    sealed = EmailVault(SecretKeys([OLD]), keys).seal_email(SITE, ADDRESS)
    with pytest.raises(BadKeys):
        vault.open_email(SITE, sealed)

    vault.learn(keys)

    assert vault.open_email(SITE, sealed) == ADDRESS


def test_a_vault_that_cannot_open_a_new_key_names_it_and_goes_on_as_before(
    vault: EmailVault, data_keys: list[DataKey]
) -> None:
    sealed, strange = vault.seal_email(SITE, ADDRESS), a_key(Purpose.EMAIL, secret=NEW, day=1)

    vault.learn([*data_keys, strange])

    assert vault.unknown == {strange.id}
    assert vault.can_seal
    assert vault.open_email(SITE, vault.seal_email(SITE, ADDRESS)) == ADDRESS
    assert vault.open_email(SITE, sealed) == ADDRESS


def test_a_vault_keeps_the_keys_that_another_instance_has_wrapped_with_a_newer_secret_key(
    vault: EmailVault, data_keys: list[DataKey]
) -> None:
    sealed, other = vault.seal_email(SITE, ADDRESS), SecretKeys([NEW, OLD])
    wrapped_anew = [key for key in map(other.rewrap, data_keys) if key]

    for _ in range(2):
        vault.learn(wrapped_anew)

    assert len(wrapped_anew) == len(data_keys)
    assert vault.unknown == frozenset()
    assert vault.open_email(SITE, sealed) == ADDRESS


def test_a_vault_seals_nothing_with_a_key_that_is_not_stored_any_more(
    vault: EmailVault, data_keys: list[DataKey]
) -> None:
    before = vault.fingerprint(SITE, ADDRESS)

    vault.learn([a_key(purpose, secret=NEW, day=1) for purpose in Purpose])

    assert not vault.can_seal
    for seal in (vault.seal_email, vault.seal_secret):
        with pytest.raises(StorageUnavailable):
            seal(SITE, ADDRESS)
    assert vault.fingerprint(SITE, ADDRESS) == before
    vault.learn(data_keys)
    assert vault.can_seal


@pytest.mark.parametrize("missing", list(Purpose))
def test_an_incomplete_set_of_data_keys_opens_no_vault(data_keys: list[DataKey], missing: Purpose) -> None:
    with pytest.raises(BadKeys):
        EmailVault(SecretKeys([OLD]), [key for key in data_keys if key.purpose is not missing])


def test_no_secret_key_or_a_wrong_one_opens_nothing(data_keys: list[DataKey]) -> None:
    with pytest.raises(BadKeys):
        SecretKeys([])
    with pytest.raises(BadKeys):
        EmailVault(SecretKeys([NEW]), data_keys)


def test_a_new_secret_key_in_front_wraps_the_same_data_key_anew(data_keys: list[DataKey]) -> None:
    ring = SecretKeys([NEW, OLD])

    rewrapped = ring.rewrap(data_keys[0])

    assert rewrapped is not None
    assert SecretKeys([NEW]).unwrap(rewrapped) == SecretKeys([OLD]).unwrap(data_keys[0])
    assert (rewrapped.id, rewrapped.created_at) == (data_keys[0].id, data_keys[0].created_at)
    assert ring.rewrap(rewrapped) is None


def test_a_wrapped_key_serves_no_other_purpose_and_under_no_other_id(data_keys: list[DataKey]) -> None:
    key = data_keys[0]
    [other] = set(Purpose) - {key.purpose}

    for moved in (
        DataKey(key.id, other, key.wrapped, key.created_at),
        DataKey(new_id(NOW), key.purpose, key.wrapped, key.created_at),
    ):
        with pytest.raises(BadKeys):
            SecretKeys([OLD]).unwrap(moved)


def test_no_key_shows_when_it_is_printed(vault: EmailVault, data_keys: list[DataKey]) -> None:
    ring = SecretKeys([OLD])
    plain = [ring.unwrap(key) for key in data_keys]

    printed = repr(vault) + repr(ring) + repr(data_keys)

    assert OLD not in printed
    assert not any(repr(key)[2:-1] in printed or key.hex() in printed for key in plain)
    assert not any(repr(key.wrapped)[2:-1] in printed for key in data_keys)


def test_new_keys_and_secrets_are_long_and_never_the_same() -> None:
    for make in (new_secret_key, new_webhook_secret, lambda: new_access_key("site")):
        made = {make() for _ in range(50)}
        assert len(made) == 50
        assert all(len(key) >= 43 for key in made)


def test_an_access_key_names_its_kind_and_is_stored_as_a_digest() -> None:
    key = new_access_key("site")

    assert key.startswith("site_")
    assert len(access_key_digest(key)) == 32
    assert access_key_digest(key) != access_key_digest(key + " ")
    assert len(access_key_digest("\ud800")) == 32  # a header may hold anything
