"""What readers entrust to us: addresses are sealed here, and nothing else of the house can open them.

Two layers of keys. *Data keys* seal what is stored; they lie in the database, each wrapped by a *secret key* that lies
outside it (environment or key file). So a stolen database opens nothing, a new data key reaches every instance through
the database, and a new secret key needs only the few data keys to be wrapped again. See docs/decisions/0002.

    secret key ── HKDF ──► wrapping key ── AES-256-GCM ──► data key "email"  ── AES-256-GCM ──► sealed address
                                                       └─► data key "index"  ── HKDF per site ──► HMAC fingerprints
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache, partial
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from moderation.digests import mac
from moderation.domain import SealedAddress, SealedEmail
from moderation.errors import BadKeys, StorageUnavailable

_VERSION = b"\x01"  # of the layout: version, key id, nonce, ciphertext with tag
_NONCE_BYTES = 12  # 96 bits, as NIST SP 800-38D, section 8.2.2 wants for random nonces
_KEY_BYTES = 32
_KEY_ID_BYTES = 8

_IPV4_BYTES = 4
_MAPPED = bytes(10) + b"\xff\xff"  # in front of an IPv4 address that is written as IPv6

_NO_SITE = UUID(int=0)  # for what belongs to the house as a whole

# Another instance, behind the same balancer, may know the key that this one does not.
RETRY_SECONDS = 2


class Purpose(StrEnum):
    """What a data key is for."""

    EMAIL = "email"  # seals addresses and webhook secrets; replaced by `keys rotate`
    INDEX = "index"  # finds equal addresses; stays, so that an author stays one author


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key as it is stored: wrapped by the secret key whose id its first bytes name."""

    id: UUID
    purpose: Purpose
    wrapped: bytes = field(repr=False)
    created_at: datetime


class SecretKeys:
    """The secret keys of this installation, newest first. They wrap data keys and do nothing else."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        if not secret_keys:
            raise BadKeys("There is no secret key.")
        self._ring = {_identify(secret): AESGCM(_derive(secret.encode(), b"wrapping key")) for secret in secret_keys}
        self._newest = next(iter(self._ring))

    def make(self, purpose: Purpose, *, id: UUID, now: datetime) -> DataKey:  # noqa: A002
        """Returns a new random data key."""
        return self._wrap(secrets.token_bytes(_KEY_BYTES), purpose, id, now)

    def unwrap(self, key: DataKey) -> bytes:
        """Returns the 32 bytes of a data key. Raises BadKeys if no secret key opens it."""
        wrapping = self._ring.get(key.wrapped[1 : 1 + _KEY_ID_BYTES])
        if wrapping is None:
            raise BadKeys("A stored data key was wrapped by a secret key that is not among SECRET_KEYS.")
        return _open(wrapping, key.wrapped, _wrapping_context(key.purpose, key.id))

    def rewrap(self, key: DataKey) -> DataKey | None:
        """Returns the same data key wrapped by the newest secret key; None if it is already."""
        if key.wrapped[1 : 1 + _KEY_ID_BYTES] == self._newest:
            return None
        return self._wrap(self.unwrap(key), key.purpose, key.id, key.created_at)

    def _wrap(self, plain: bytes, purpose: Purpose, key_id: UUID, created_at: datetime) -> DataKey:
        context = _wrapping_context(purpose, key_id)
        return DataKey(key_id, purpose, _seal(self._ring[self._newest], self._newest, plain, context), created_at)


class EmailVault:
    """Seals, opens and recognises addresses. `open_email` is for the one audited place that may show one."""

    def __init__(self, secret_keys: SecretKeys, data_keys: Sequence[DataKey]) -> None:
        """Raises BadKeys unless every data key opens, and there is one for each purpose."""
        if {key.purpose for key in data_keys} != set(Purpose):
            raise BadKeys("The database holds no complete set of data keys.")
        self._secret_keys = secret_keys
        self._plain = {key.id: secret_keys.unwrap(key) for key in data_keys}
        self.learn(data_keys)

    def learn(self, data_keys: Sequence[DataKey]) -> None:
        """Takes over the stored data keys; of those that open, the newest of each purpose is used from now on.

        Others are put down in `unknown`: keys that another instance has made, with a secret key that this one has not.
        """
        # A key that was opened before needs no secret key, even if another instance has wrapped it anew.
        self._plain = {key.id: plain for key in data_keys if (plain := self._opened(key))}
        self.unknown = frozenset(key.id for key in data_keys) - set(self._plain)
        opened = [key for key in sorted(data_keys, key=lambda key: key.created_at) if key.id in self._plain]
        newest = {key.purpose: key for key in opened}
        self._sealing = {self.sealing_id(key): AESGCM(self._plain[key.id]) for key in opened}
        # A key that is not stored any more must seal nothing: nobody could open that.
        self._newest = self.sealing_id(newest[Purpose.EMAIL]) if Purpose.EMAIL in newest else None
        if Purpose.INDEX in newest:
            self._site_key = _site_keys(self._plain[newest[Purpose.INDEX].id])

    @property
    def can_seal(self) -> bool:
        """Whether any key for sealing is known."""
        return self._newest is not None

    @property
    def sealing_key(self) -> bytes:
        """The id of the data key that seals now. Raises StorageUnavailable if none of the stored ones is known."""
        if self._newest is None:
            raise StorageUnavailable("This instance knows no key to seal addresses with.", retry_after=RETRY_SECONDS)
        return self._newest

    @staticmethod
    def sealing_id(key: DataKey) -> bytes:
        """Returns the eight bytes by which a ciphertext names its key."""
        # The first eight bytes of a UUIDv7 are mostly time; the last eight are random.
        return key.id.bytes[-_KEY_ID_BYTES:]

    def seal_email(self, site: UUID, address: str) -> SealedEmail:
        """Seals a normalised address for one site. The same address gives the same fingerprint there, nowhere else."""
        fingerprint = self.fingerprint(site, address)
        return SealedEmail(fingerprint, self._seal(address.encode(), _email_context(site, fingerprint)))

    def open_email(self, site: UUID, sealed: SealedEmail) -> str:
        """Returns the address. Raises BadKeys if the key is unknown or the row was tampered with."""
        return self._open(sealed.ciphertext, _email_context(site, sealed.fingerprint)).decode()

    def fingerprint(self, site: UUID, address: str) -> bytes:
        """Returns 32 bytes by which a site recognises an address; letter case does not count."""
        return mac(self._site_key(site, b"email"), address.casefold().encode())

    def seal_address(self, site: UUID, ip: str) -> SealedAddress:
        """Truncates an IP to /24 or /48 and adds a fingerprint of the whole of it."""
        address = _packed(ip)
        return SealedAddress(_network(address), mac(self._site_key(site, b"address"), address))

    def seal_secret(self, owner: UUID, secret: str) -> bytes:
        """Seals a webhook secret of a site, or of an endpoint."""
        return self._seal(secret.encode(), _secret_context(owner))

    def open_secret(self, owner: UUID, sealed: bytes) -> str:
        """Returns a webhook secret. Raises BadKeys."""
        return self._open(sealed, _secret_context(owner)).decode()

    def seal_second_factor(self, moderator: UUID, secret: str) -> bytes:
        """Seals the secret of a person's codes."""
        return self._seal(secret.encode(), _second_factor_context(moderator))

    def open_second_factor(self, moderator: UUID, sealed: bytes) -> str:
        """Returns the secret of a person's codes. Raises BadKeys."""
        return self._open(sealed, _second_factor_context(moderator)).decode()

    def caller_digest(self, kind: str, value: str) -> bytes:
        """Returns 32 bytes by which tries to log in are counted: for one `kind`, such as an address."""
        return mac(self._site_key(_NO_SITE, b"caller"), f"{kind}|{value}".encode("utf-8", "surrogatepass"))

    def keyed_digest(self, site: UUID) -> Callable[[bytes], bytes]:
        """Returns a function from content to 32 bytes: it tells repetitions apart and confirms no outsider's guess."""
        key = self._site_key(site, b"content")
        return lambda content: mac(key, content)

    def form_digest(self, site: UUID) -> Callable[[bytes], bytes]:
        """Returns a function by which a form of ours is recognised when it comes back."""
        return partial(mac, self._site_key(site, b"form"))

    def _opened(self, key: DataKey) -> bytes | None:
        try:
            return self._secret_keys.unwrap(key)
        except BadKeys:
            return self._plain.get(key.id)

    def _seal(self, plain: bytes, context: bytes) -> bytes:
        key_id = self.sealing_key
        return _seal(self._sealing[key_id], key_id, plain, context)

    def _open(self, sealed: bytes, context: bytes) -> bytes:
        key = self._sealing.get(sealed[1 : 1 + _KEY_ID_BYTES])
        if key is None:
            raise BadKeys("Something stored was sealed with a data key that this process does not know.")
        return _open(key, sealed, context)


def sealed_with(sealed: bytes) -> bytes:
    """Returns the id of the data key that something was sealed with; see `EmailVault.sealing_id`."""
    return sealed[1 : 1 + _KEY_ID_BYTES]


def new_secret_key() -> str:
    """Returns a secret key for SECRET_KEYS: 256 random bits as 43 characters."""
    return secrets.token_urlsafe(_KEY_BYTES)


def new_webhook_secret() -> str:
    """Returns a secret as Standard Webhooks wants it: `whsec_` and 256 random bits in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def new_access_key(prefix: str) -> str:
    """Returns 256 random bits behind a prefix that tells people (and scanners for leaked keys) what it is."""
    return f"{prefix}_{secrets.token_urlsafe(_KEY_BYTES)}"


def access_key_digest(key: str) -> bytes:
    """Returns what is stored of an access key. 256 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _site_keys(index_key: bytes) -> Callable[[UUID, bytes], bytes]:
    @lru_cache(maxsize=4096)
    def site_key(site: UUID, use: bytes) -> bytes:
        return _derive(index_key, b"index|" + use + b"|" + site.bytes)

    return site_key


def _identify(secret: str) -> bytes:
    return _derive(secret.encode(), b"key id")[:_KEY_ID_BYTES]


def _derive(secret: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"moderation|" + use).derive(secret)


def _seal(key: AESGCM, key_id: bytes, plain: bytes, context: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + key_id + nonce + key.encrypt(nonce, plain, context)


def _open(key: AESGCM, sealed: bytes, context: bytes) -> bytes:
    start = 1 + _KEY_ID_BYTES
    if sealed[:1] != _VERSION:
        raise BadKeys("Something stored was sealed in a way that this version does not know.")
    try:
        return key.decrypt(sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :], context)
    except (InvalidTag, ValueError):
        raise BadKeys("Something stored does not open with its key: it was changed or moved.") from None


def _wrapping_context(purpose: Purpose, key_id: UUID) -> bytes:
    return b"data_keys.wrapped|" + purpose.value.encode() + b"|" + key_id.bytes


def _email_context(site: UUID, fingerprint: bytes) -> bytes:
    # Bound to its row: a ciphertext copied to another author or site does not open.
    return b"authors.email_sealed|" + site.bytes + fingerprint


def _secret_context(owner: UUID) -> bytes:
    return b"site_keys.sealed|" + owner.bytes


def _second_factor_context(moderator: UUID) -> bytes:
    return b"moderators.second_factor_sealed|" + moderator.bytes


def _packed(ip: str) -> bytes:
    """Returns the 4 or 16 bytes of an IP; an IPv4 address inside IPv6 is the IPv4 address. Raises ValueError."""
    try:
        packed = socket.inet_pton(socket.AF_INET6 if ":" in ip else socket.AF_INET, ip)
    except OSError:
        packed = ipaddress.ip_address(ip).packed  # slower, and says what is wrong
    return packed.removeprefix(_MAPPED) if len(packed) > _IPV4_BYTES else packed


def _network(packed: bytes) -> str:
    """Returns the /24 or /48 in which an address lies."""
    if len(packed) == _IPV4_BYTES:
        return f"{packed[0]}.{packed[1]}.{packed[2]}.0/24"
    return f"{socket.inet_ntop(socket.AF_INET6, packed[:6] + bytes(10))}/48"
