"""`moderation score`: the probability of one text, and why."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from moderation.cli.model import load_classifier

if TYPE_CHECKING:
    from moderation.domain import Score
    from moderation.scoring import Contribution, Explanation

_SHOWN = 15  # contributions in the table; --json has all of them
_MARKED = 40  # characters of the text that a row of the table shows


class TextCommand(click.Command):
    """A command for a text, which may begin with a dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Takes for a text what begins with a dash and has a space in it, as no option has."""
        before = args[: args.index("--")] if "--" in args else args
        texts = [arg for arg in before if arg.startswith("-") and any(map(str.isspace, arg))]
        if texts:
            options = [arg for arg in before if arg not in texts]
            args = [*options, "--", *texts, *args[len(before) + 1 :]]
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise click.UsageError(
                f"{error.format_message()} If it is a text, put -- in front: moderation score -- TEXT", ctx
            ) from None


@click.command(cls=TextCommand)
@click.argument("text", required=False)
@click.option("--explain", is_flag=True, help="Show what spoke for and against spam.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with the whole explanation.")
@click.option(
    "--name", "author_name", default="", metavar="NAME", help="The author's name, which is judged with the text."
)
@click.option("--url", "author_url", metavar="URL", help="The author's link, which is judged with the text.")
@click.option("--site-host", default="", metavar="HOST", help="The site's own host; links to it are not foreign.")
@click.option("--model", "version", metavar="VERSION", help="Score with this version instead of the one that serves.")
def score(
    text: str | None,
    explain: bool,
    as_json: bool,
    author_name: str,
    author_url: str | None,
    site_host: str,
    version: str | None,
) -> None:
    """Score a comment without storing it.

    Prints the probability that TEXT is spam, between 0 and 1. Without TEXT, or with -, it is read from standard input.
    """
    if text is None or text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    from moderation.domain import Writing

    writing, classifier = Writing(text, author_name, author_url, site_host), load_classifier(version)
    if not (explain or as_json):
        click.echo(_line(classifier.score([writing])[0]))
        return
    found, explanation = classifier.score_and_explain(writing)
    if as_json:
        click.echo(json.dumps(_as_json(found, explanation)))
    else:
        click.echo(f"{_line(found)}\n{_table(text, explanation)}")


def _line(found: Score) -> str:
    return f"{found.spam:.4f}  {found.model}"


def _as_json(found: Score, explanation: Explanation) -> dict[str, object]:
    return {
        "score": found.spam,
        "model": found.model,
        "intercept": explanation.intercept,
        "explanation": [
            {"feature": c.feature, "spans": [list(span) for span in c.spans], "weight": c.weight}
            for c in explanation.contributions
        ],
    }


def _table(text: str, explanation: Explanation) -> str:
    """Returns the strongest contributions, one a line: weight, feature, and the words of the text that it marks."""
    shown, rest = explanation.contributions[:_SHOWN], explanation.contributions[_SHOWN:]
    width = max([len(c.feature) for c in shown] + [len("(everything else)")])
    lines = [f"{c.weight:+8.3f}  {_printable(c.feature):<{width}}  {_marked(text, c)}".rstrip() for c in shown]
    if rest:
        lines.append(f"{sum(c.weight for c in rest):+8.3f}  (everything else)")
    lines.append(f"{explanation.intercept:+8.3f}  (intercept)")
    lines.append(f"{explanation.logit:+8.3f}  in all; above 0 is more likely spam than not")
    return "\n".join(lines)


def _printable(text: str) -> str:
    """Returns a text that does nothing to a terminal: a blank for each control character."""
    return "".join(c if c.isprintable() else " " for c in text)


def _marked(text: str, contribution: Contribution) -> str:
    """Returns the first marked place and how many more there are."""
    if not contribution.spans:
        return ""
    begin, end = contribution.spans[0]
    more = len(contribution.spans) - 1
    return f"«{_printable(text[begin:end][:_MARKED])}»" + (f" and {more} more" if more else "")
