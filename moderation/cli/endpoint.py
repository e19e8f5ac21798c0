"""`moderation endpoint`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import click

from moderation.cli.store import in_house, json_lines_option, json_option, show

if TYPE_CHECKING:
    from moderation.wiring import House
    from moderation.workflows.endpoints import EndpointState, LetterFile, NewSecret


@click.group()
def endpoint() -> None:
    """Say where sites are told what became of their comments."""


@endpoint.command()
@click.argument("slug")
@click.argument("url")
@click.option("--events", help="What it is told, separated by commas.  [default: all but model.promoted]")
@click.option("--coral", is_flag=True, help="Sign as Coral does, too (X-Coral-Signature).")
@json_option
def add(slug: str, url: str, events: str | None, coral: bool, as_json: bool) -> None:
    """Add an endpoint and print its secret, once."""
    from moderation.domain import USUAL_EVENTS
    from moderation.workflows.sites import present_site

    kinds = list(USUAL_EVENTS) if events is None else [kind.strip() for kind in events.split(",") if kind.strip()]

    async def task(house: House) -> NewSecret:
        async with house.database.open_reading() as work:
            site = await present_site(work, slug)
        return await house.endpoints().add(site.id, url, kinds, coral=coral)

    _show_once(in_house(task), as_json)


@endpoint.command(name="list")
@json_lines_option
def list_endpoints(as_json: bool) -> None:
    """List the endpoints, with what waits for them and what was given up."""

    async def task(house: House) -> list[dict[str, object]]:
        async with house.database.open_reading() as work:
            slugs = {site.id: site.slug for site in await work.sites.all()}
        return [_state(each, slugs[each.endpoint.site_id]) for each in await house.endpoints().all()]

    for each in in_house(task):
        if as_json:
            show(each, as_json=True)
        else:
            off = f"off ({each['off']})" if each["off"] else "on"
            click.echo(
                f"{each['id']}  {each['site']}  {off}  {each['waiting']} wait, {each['dead']} dead  {each['url']}"
            )


@endpoint.command()
@click.argument("key", metavar="ID", type=click.UUID)
def disable(key: UUID) -> None:
    """Switch an endpoint off. What waits for it waits; what happens meanwhile is not kept for it."""
    in_house(lambda house: house.endpoints().switch(key, on=False))


@endpoint.command()
@click.argument("key", metavar="ID", type=click.UUID)
def enable(key: UUID) -> None:
    """Switch an endpoint on again."""
    in_house(lambda house: house.endpoints().switch(key, on=True))


@endpoint.command()
@click.argument("key", metavar="ID", type=click.UUID)
@json_option
def rotate(key: UUID, as_json: bool) -> None:
    """Give an endpoint a new secret and print it, once. The one before it signs along for a day."""
    _show_once(in_house(lambda house: house.endpoints().rotate(key)), as_json)


@endpoint.command()
@click.argument("key", metavar="ID")
@click.option("--since", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]), metavar="TIME")
@json_option
def replay(key: str, since: datetime | None, as_json: bool) -> None:
    """Send again: one message (ID is its webhook-id), or what an endpoint was not told.

    Of an endpoint, what was given up is sent again; with --since TIME (UTC) also what happened since then
    while it was off, or before it was there.
    """
    moment = None if since is None else since.astimezone(UTC) if since.tzinfo else since.replace(tzinfo=UTC)

    async def task(house: House) -> int:
        endpoints = house.endpoints()
        if key.startswith("msg_"):
            return await endpoints.replay_message(key)
        return await endpoints.replay(_uuid(key), since=moment)

    count = in_house(task)
    show({"replayed": count}, as_json=True) if as_json else click.echo(f"{count} will be sent again.")


@endpoint.command()
@click.argument("key", metavar="ID", type=click.UUID)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="How many events.")
@json_lines_option
def log(key: UUID, limit: int, as_json: bool) -> None:
    """Show what was sent to an endpoint, newest first."""

    async def task(house: House) -> list[LetterFile]:
        return await house.endpoints().log(key, limit=limit)

    for file in in_house(task):
        each = _letter(file)
        if as_json:
            show(each, as_json=True)
        else:
            columns = ("id", "type", "state", "tries", "status", "next_try")
            click.echo("  ".join("–" if each[name] is None else str(each[name]) for name in columns))


def _state(state: EndpointState, site: str) -> dict[str, object]:
    endpoint, owing = state.endpoint, state.owing
    return {
        "id": str(endpoint.id),
        "site": site,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "coral": endpoint.coral,
        "off": endpoint.disabled_because,
        "failing_since": endpoint.failing_since,
        "waiting": owing.waiting,
        "dead": owing.dead,
    }


def _letter(file: LetterFile) -> dict[str, object]:
    from moderation.delivery import message_id

    letter = file.letter
    return {
        "id": message_id(letter.event_id),
        "type": letter.type,
        "external_id": letter.external_id,
        "state": letter.state,
        "tries": letter.tries,
        "outcome": letter.last_outcome,
        "status": letter.last_status,
        "next_try": letter.due_at,
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is neither the id of an endpoint nor a webhook-id.") from None


def _show_once(new: NewSecret, as_json: bool) -> None:
    show({"endpoint": str(new.endpoint), "webhook_secret": new.secret}, as_json=as_json)
    if not as_json:
        click.echo("Keep the secret now: it is not shown again.", err=True)
