"""The vault is opened, and its keys are replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from moderation import metrics
from moderation.clock import new_id
from moderation.domain import Endpoint
from moderation.errors import BadKeys, StorageUnavailable
from moderation.privacy import RETRY_SECONDS, EmailVault, Purpose, SecretKeys
from moderation.settings import Settings
from moderation.storage.database import OpenWork
from moderation.storage.work import Work
from moderation.workflows.key_file import missing_key_file

log = structlog.stdlib.get_logger(__name__)

BATCH = 500

# A running service learns of a new key within seconds; until it does, it seals with the old one.
KEEP_OLD_KEYS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did."""

    resealed: int
    removed: int


async def open_vault(secret_keys: SecretKeys, *, open_work: OpenWork, now: datetime) -> EmailVault:
    """Opens the vault; makes the data keys of a new database. Raises BadKeys.

    Data keys that an older secret key wraps are wrapped by the newest, so that the older one can be taken away.
    """
    async with open_work() as work:
        await work.data_keys.lock()
        keys = await work.data_keys.all()
        for purpose in Purpose:
            if not any(key.purpose is purpose for key in keys):
                made = secret_keys.make(purpose, id=new_id(now), now=now)
                await work.data_keys.add(made)
                keys.append(made)
        for key in keys:
            if rewrapped := secret_keys.rewrap(key):
                await work.data_keys.rewrap(rewrapped)
        vault = EmailVault(secret_keys, keys)
        await work.commit()
    return vault


async def demand_key_file(settings: Settings, *, open_reading: OpenWork) -> None:
    """Raises BadKeys where a key file would be made beside a database that was sealed with other keys."""
    path = missing_key_file(settings)
    if path is None:
        return
    async with open_reading() as work:
        sealed = bool(await work.data_keys.all())
    # Looked for once more: another first start makes the file before it stores any keys.
    if sealed and not path.exists():
        raise BadKeys(
            f"The database was sealed with keys that are not here: put {path} back, or set SECRET_KEYS or "
            "SECRET_KEYS_FILE as before."
        )


async def learn_keys(vault: EmailVault, *, open_reading: OpenWork) -> None:
    """Lets the vault take over the stored keys; says in the log and in a metric when it cannot open some of them."""
    async with open_reading() as work:
        keys = await work.data_keys.all()
    before = vault.unknown
    vault.learn(keys)
    metrics.UNKNOWN_DATA_KEYS.set(len(vault.unknown))
    if vault.unknown - before:
        log.error("data_keys_unknown", ids=sorted(map(str, vault.unknown)), can_seal=vault.can_seal)
    elif before - vault.unknown:
        log.info("data_keys_known", still_unknown=len(vault.unknown))


@contextmanager
def known_key(owner: str) -> Iterator[None]:
    """Raises StorageUnavailable where the key of what is opened inside is not known here, as just after a rotation.
    `owner`: whose key it is, for the sentence."""
    try:
        yield
    except BadKeys:
        raise StorageUnavailable(
            f"This instance does not know the key of the {owner}.", retry_after=RETRY_SECONDS
        ) from None


async def rotate(
    secret_keys: SecretKeys,
    *,
    open_work: OpenWork,
    now: Callable[[], datetime],
    progress: Callable[[int, int], None],
) -> Rotation:
    """Makes a new data key and seals every stored address and secret with it again, some at a time.

    Comments may come in meanwhile. The old keys stay for a day, for services that have not learnt of the new one yet;
    the next rotation removes those that nothing needs. Rotations at the same time all work towards the newest key, and
    each ends when nothing is left to do. `progress` is told how many are done, and of how many.
    """
    vault, removed = await _new_key(secret_keys, open_work=open_work, now=now())
    async with open_work() as work:
        total = await work.authors.count_sealed_otherwise(vault.sealing_key)
    done = 0
    progress(done, total)
    while step := await _reseal_some(secret_keys, open_work=open_work):
        done += step
        progress(min(done, total), total)
    return Rotation(resealed=done, removed=removed)


async def _new_key(secret_keys: SecretKeys, *, open_work: OpenWork, now: datetime) -> tuple[EmailVault, int]:
    async with open_work() as work:
        await work.data_keys.lock()
        keys = await work.data_keys.all()
        in_use = await work.authors.sealing_keys_in_use()
        unused = [
            key
            for key in keys
            if key.purpose is Purpose.EMAIL
            and EmailVault.sealing_id(key) not in in_use
            and any(newer.purpose is Purpose.EMAIL and newer.created_at > key.created_at for newer in keys)
            and max(newer.created_at for newer in keys) < now - KEEP_OLD_KEYS
        ]
        made = secret_keys.make(Purpose.EMAIL, id=new_id(now), now=now)
        await work.data_keys.add(made)
        vault = EmailVault(secret_keys, [*keys, made])
        # Webhook secrets (of sites, of endpoints), second factors and contacts of notices are few: all at once, so that
        # no key that seals one is removed.
        for pair, site, sealed in await work.sites.sealed_secrets():
            await work.sites.reseal_secret(pair, vault.seal_secret(site, vault.open_secret(site, sealed)))
        for moderator, sealed in await work.moderators.sealed_second_factors():
            opened = vault.open_second_factor(moderator, sealed)
            await work.moderators.reseal_second_factor(moderator, vault.seal_second_factor(moderator, opened))
        for endpoint in await work.endpoints.all():
            await _reseal_endpoint(work, endpoint, vault)
        for report, sealed in await work.reports.sealed_contacts():
            await work.reports.reseal_contact(report, vault.seal_secret(report, vault.open_secret(report, sealed)))
        await work.data_keys.remove({key.id for key in unused})
        await work.audit.add("keys.rotate", "data key", now=now, details={"removed": len(unused)})
        await work.commit()
    return vault, len(unused)


async def _reseal_endpoint(work: Work, endpoint: Endpoint, vault: EmailVault) -> None:
    sealed = {"secret_sealed": endpoint.secret_sealed, "old_secret_sealed": endpoint.old_secret_sealed}
    anew = {
        name: vault.seal_secret(endpoint.id, vault.open_secret(endpoint.id, each))
        for name, each in sealed.items()
        if each is not None
    }
    await work.endpoints.change(endpoint.id, **anew)


async def _reseal_some(secret_keys: SecretKeys, *, open_work: OpenWork) -> int:
    async with open_work() as work:
        # Each time anew: another rotation may have begun, and two that sealed against each other would never end.
        await work.data_keys.lock()
        vault = EmailVault(secret_keys, await work.data_keys.all())
        authors = await work.authors.sealed_otherwise(vault.sealing_key, limit=BATCH)
        if authors:
            resealed = [
                (author.id, vault.seal_email(author.site_id, vault.open_email(author.site_id, author.email)))
                for author in authors
            ]
            await work.authors.reseal_all(resealed)
            await work.commit()
        return len(authors)
