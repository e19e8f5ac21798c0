"""The command. Each part is imported when it is called: `moderation --help` needs neither database nor classifier."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import NoReturn

import click

from moderation.errors import GateRefused, Invalid, ModerationError

# Name, where it is, and what `--help` says: the same sentence as in the command itself.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "serve": ("moderation.cli.serve:serve", "Run the service."),
    "migrate": ("moderation.cli.migrate:migrate", "Bring the tables of the database up to date."),
    "site": ("moderation.cli.site:site", "Add sites, set them, and give them keys."),
    "moderator": ("moderation.cli.moderator:moderator", "Give people accounts and tokens."),
    "endpoint": (
        "moderation.cli.endpoint:endpoint",
        "Say where sites are told what became of their comments.",
    ),
    "score": ("moderation.cli.score:score", "Score a text without storing it."),
    "evaluate": ("moderation.cli.evaluate:evaluate", "Measure the classifier on labelled comments."),
    "replay": ("moderation.cli.replay:replay", "Submit the comments of a file through the same workflow."),
    "retrain": ("moderation.cli.retrain:retrain", "Learn from what moderators have decided."),
    "models": ("moderation.cli.models:models", "Show classifiers, let one serve, or build the bundled one."),
    "erase": ("moderation.cli.erase:erase", "Forget a person on a site: every comment, and the address."),
    "keys": ("moderation.cli.keys:keys", "Make and replace the keys that protect addresses."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is needed, and not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names in the order of a working day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Imports and returns a command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the commands from the table above."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="moderation")
def moderation() -> None:
    """Comment moderation for news sites.

    Settings come from the environment (MODERATION_…); every command reads the same ones as the service.
    """


def main() -> NoReturn:
    """Runs the command. Exit status: 0 done, 1 failed (one line on standard error), 2 wrong usage, 6 the gate refused a
    model, 130 interrupted."""
    try:
        moderation(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except ModerationError as error:
        click.echo(f"moderation: {one_line(error)}", err=True)
        sys.exit(6 if isinstance(error, GateRefused) else 1)
    except UnicodeEncodeError:
        if all(map(_is_text, sys.argv)):
            raise
        click.echo("moderation: An argument is no text in UTF-8.", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"moderation: {error.strerror or error}{f': {error.filename}' if error.filename else ''}", err=True)
        sys.exit(1)
    sys.exit(0)


def _is_text(argument: str) -> bool:
    """Tells whether an argument came as UTF-8; other bytes are kept as halves of pairs, for the names of files."""
    return not any("\ud800" <= letter <= "\udfff" for letter in argument)


def one_line(error: ModerationError) -> str:
    """Returns an error as one line; of wrong fields, all of them."""
    if isinstance(error, Invalid):
        return "; ".join(f"{wrong.field}: {wrong.message.removesuffix('.')}" for wrong in error.errors) + "."
    return " ".join(str(error).split())
