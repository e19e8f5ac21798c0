"""What a starting service tells whoever has started it."""

from __future__ import annotations

import json
import sys

import click

from moderation.intake.examples import EXAMPLE_SUBMISSION
from moderation.workflows.first_start import Welcome


def greet(host: str, port: int, *, metrics_port: int | None, welcome: Welcome | None) -> None:
    """Prints the address, and at the first start what is shown only then."""
    address = f"http://{_reachable(host)}:{port}"
    if welcome is not None:
        click.echo(_welcome(address, welcome))
    if metrics_port is not None:
        click.echo(f"Metrics on http://{_reachable(host)}:{metrics_port}/metrics")
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
This is the first start: a site and an administrator were made. They are shown only now; keep them.

  site            {welcome.site.site}
  site key        {welcome.site.api_key}
  webhook secret  {welcome.site.webhook_secret}
  administrator   {welcome.admin}
  password        {welcome.password}

Post a first comment:

  curl -sS {address}/v1/sites/{welcome.site.site}/comments \\
    -H 'Authorization: Bearer {welcome.site.api_key}' \\
    -H 'Content-Type: application/json' \\
    -d '{json.dumps(example)}'

Read what is published:

  curl -sS {address}/v1/sites/{welcome.site.site}/articles/a-1/comments
"""


def _reachable(host: str) -> str:
    """Returns an address that a person on this machine can open."""
    if host in ("0.0.0.0", "::", ""):  # noqa: S104
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
