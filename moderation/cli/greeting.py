"""What a starting service tells whoever has started it."""

from __future__ import annotations

import json
import sys

import click

from moderation.intake.examples import EXAMPLE_SUBMISSION
from moderation.web.sessions import LINK_PATH
from moderation.workflows.first_start import NoModerator, Welcome


def greet(
    host: str, port: int, *, metrics_port: int | None, found: Welcome | NoModerator | None, demo: bool = False
) -> None:
    """Prints the address, at the first start what is shown only then, and what to do where nobody can moderate."""
    address = address_of(host, port)
    if isinstance(found, Welcome):
        click.echo(_welcome(address, found))
    elif isinstance(found, NoModerator):
        click.echo(_no_moderator(address, found), err=True)
    if metrics_port is not None:
        click.echo(f"Metrics on http://{_reachable(host)}:{metrics_port}/metrics")
    if demo:
        click.echo(f"Try it out, as a reader and as a moderator: {address}/demo/")
    click.echo(f"Listening on {address}  (documentation: {address}/docs)")
    sys.stdout.flush()


def _welcome(address: str, welcome: Welcome) -> str:
    example = {
        "external_id": "c-1",
        "article": {"id": "a-1"},
        "author": {"name": "Ana", "email": "ana@example.org"},
        "text": EXAMPLE_SUBMISSION["text"],
    }
    return f"""
This is the first start: a site was made. Its keys are shown only now; keep them.

  site            {welcome.site.site}
  site key        {welcome.site.api_key}
  webhook secret  {welcome.site.webhook_secret}

Name the administrator, within a day and once:

  {address}{LINK_PATH}{welcome.link_key}

Post a first comment:

  curl -sS {address}/v1/sites/{welcome.site.site}/comments \\
    -H 'Authorization: Bearer {welcome.site.api_key}' \\
    -H 'Content-Type: application/json' \\
    -d '{json.dumps(example)}'

Read what is published:

  curl -sS {address}/v1/sites/{welcome.site.site}/articles/a-1/comments
"""


def _no_moderator(address: str, found: NoModerator) -> str:
    return (
        f"moderation: There is a site but no moderator yet. Name the administrator at {address}{LINK_PATH}"
        f"{found.link_key} (within a day, once), or: moderation moderator add NAME --role admin; "
        f"if the site's keys are lost, new ones: moderation site rotate {found.site}"
    )


def address_of(host: str, port: int) -> str:
    """Returns the address of the service for a person on this machine."""
    return f"http://{_reachable(host)}:{port}"


def _reachable(host: str) -> str:
    """Returns an address that a person on this machine can open."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
