"""What a drill has found, and the table of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.tables import markdown


@dataclass(frozen=True)
class Figure:
    """One promise: what was asked, what was measured, and whether it was kept (None: told, and not judged)."""

    asked: str
    measured: str
    kept: bool | None


@dataclass
class Findings:
    """What one drill has found on one database."""

    drill: str
    database: str
    figures: list[Figure] = field(default_factory=list)

    def ask(self, asked: str, measured: object, kept: bool | None) -> None:
        """Adds a figure."""
        self.figures.append(Figure(asked, str(measured), kept))

    def at_most(self, asked: str, measured: float, most: float, unit: str) -> None:
        """Adds a figure that must not be above a limit, nor unknown."""
        self.ask(asked, f"{measured:,.2f} {unit}", measured <= most)

    @property
    def failed(self) -> bool:
        """Whether a promise was broken."""
        return any(figure.kept is False for figure in self.figures)


def table(findings: Iterable[Findings]) -> str:
    """Returns all figures as a Markdown table."""
    verdicts = {True: "pass", False: "FAIL", None: "-"}
    rows = [
        [each.drill, each.database, figure.asked, figure.measured, verdicts[figure.kept]]
        for each in findings
        for figure in each.figures
    ]
    return markdown(("drill", "database", "asked", "measured", "verdict"), rows, words=5)
