"""Sites are added, given new keys, and set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from moderation.domain import SitePolicy
from moderation.errors import NotFound, Raced, WrongUse
from moderation.policy import SETTINGS, policy_from_json
from moderation.privacy import EmailVault, access_key_digest, new_access_key, new_webhook_secret
from moderation.storage.audit import COMMAND_LINE
from moderation.storage.database import OpenWork
from moderation.storage.sites import StoredKeys, StoredSite
from moderation.storage.work import Work
from moderation.workflows.directory import SLUG

# Long enough to change a site's configuration without hurry; a leaked key must not live longer.
OLD_KEYS_LIVE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The keys of a site, shown once: only a digest and a ciphertext of them are stored."""

    site: str
    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


async def add_site(slug: str, url: str, *, open_work: OpenWork, vault: EmailVault, now: datetime) -> Credentials:
    """Adds a site and returns its keys. Raises WrongUse."""
    try:
        async with open_work() as work:
            credentials = await make_site(work, slug, url, vault=vault, now=now)
            await work.commit()
    except Raced:
        raise WrongUse(f"There is a site {slug} already.") from None
    return credentials


async def make_site(
    work: Work, slug: str, url: str, *, vault: EmailVault, now: datetime, actor: str = COMMAND_LINE
) -> Credentials:
    """Adds a site within a transaction and returns its keys. Raises WrongUse, and Raced if the name is taken."""
    if not SLUG.fullmatch(slug):
        raise WrongUse("A site's name has 1 to 63 small letters, digits and inner hyphens, such as daily-planet.")
    _check_url(url)
    site = await work.sites.add(slug, url, now=now)
    credentials = await _new_keys(work, site, vault=vault, now=now)
    await work.audit.add("site.add", slug, site=site.id, actor=actor, now=now)
    return credentials


async def rotate_site(slug: str, *, open_work: OpenWork, vault: EmailVault, now: datetime) -> Credentials:
    """Gives a site new keys; those before them stay good for a day. Raises NotFound."""
    async with open_work() as work:
        site = await present_site(work, slug)
        credentials = await _new_keys(work, site, vault=vault, now=now)
        await work.audit.add("site.rotate", slug, site=site.id, now=now)
        await work.commit()
    return credentials


async def set_site(
    slug: str, settings: Mapping[str, object], *, open_work: OpenWork, defaults: SitePolicy, now: datetime
) -> SitePolicy:
    """Changes some settings of a site and returns its policy. Raises NotFound, and Invalid with all that is wrong."""
    async with open_work() as work:
        site = await work.sites.lock(slug)
        if site is None:
            raise _no_such_site(slug)
        policy = await change_settings(work, site, settings, defaults=defaults, now=now)
        await work.commit()
    return policy


async def change_settings(
    work: Work,
    site: StoredSite,
    settings: Mapping[str, object],
    *,
    defaults: SitePolicy,
    now: datetime,
    actor: str = COMMAND_LINE,
) -> SitePolicy:
    """Changes some settings of a site that is locked, within a transaction; None goes back to the default. Raises
    Invalid with all that is wrong."""
    wanted = {name: value for name, value in {**site.settings, **settings}.items() if value is not None}
    policy = policy_from_json(wanted, defaults)
    await work.sites.change_settings(site.id, wanted)
    details = {
        name: {"was": _shown(name, site.settings.get(name)), "now": _shown(name, value)}
        for name, value in settings.items()
        if value != site.settings.get(name)
    }
    await work.audit.add("site.set", site.slug, site=site.id, actor=actor, now=now, details=details)
    return policy


async def present_site(work: Work, slug: str) -> StoredSite:
    """Returns a site. Raises NotFound."""
    site = await work.sites.find(slug)
    if site is None:
        raise _no_such_site(slug)
    return site


def _no_such_site(slug: str) -> NotFound:
    return NotFound(f"There is no site {slug[:63]!r}; see: moderation site list")


async def _new_keys(work: Work, site: StoredSite, *, vault: EmailVault, now: datetime) -> Credentials:
    credentials = Credentials(site.slug, new_access_key("site"), new_webhook_secret())
    keys = StoredKeys(access_key_digest(credentials.api_key), vault.seal_secret(site.id, credentials.webhook_secret))
    await work.sites.add_keys(site.id, keys, now=now, old_until=now + OLD_KEYS_LIVE)
    return credentials


def _check_url(url: str) -> None:
    """Raises WrongUse unless this is the address of a site. Nothing of it is repeated: a password may be inside."""
    try:
        url.encode()  # what is no text, such as half a pair of surrogates, can be stored nowhere
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        named = False
    if not named:
        raise WrongUse("A site's URL begins with https:// or http:// and names a host.")
    if parts.username is not None or parts.password is not None:
        raise WrongUse("A site's URL is shown to many people; it must hold no user name and no password.")


def _shown(name: str, value: object) -> object:
    """A word list is noted by its length: an audit entry is no second copy of it."""
    return len(value) if isinstance(value, list) and name in SETTINGS else value
