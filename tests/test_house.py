"""What the house promises about itself: import rules, size, words, and that the README tells the truth."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from moderation import metrics
from moderation.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "moderation"
LONGEST_FILE = 300

# What a tree without git must not be searched for: what tools leave behind.
_LEFT_BEHIND = {".git", ".venv", "var", "dist", "build", "node_modules"}

# Texts of strangers: comments that were written elsewhere may name any host and any path.
_OTHER_PEOPLES = ("tests/data/", "models/data/")

# Written in pieces, so that this file does not find itself.
_MACHINE_PATH = re.compile(r"(?<![\w.:/~}$-])/(?:" + "|".join(["work", "root", "home", "Users"]) + r")/[\w.]")
_PACKAGE_HOST = re.compile(
    "|".join(["pypi" + r"\.org", "files" + r"\.pythonhosted", "registry" + r"\.npmjs", "deb" + r"\.debian\.org"])
)
_UNFINISHED = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]) + r")\b")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Returns every file of the repository, as git knows them, or as they lie there when this is no checkout."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
        files = [ROOT / name for name in listed.split("\0") if name]
    else:
        files = [
            path
            for path in ROOT.rglob("*")
            if not any(part in _LEFT_BEHIND or part.endswith("cache") for part in path.relative_to(ROOT).parts)
        ]
    return tuple(path for path in files if path.is_file())


@cache
def own_texts() -> dict[str, str]:
    """Returns path and content of every text that we wrote ourselves."""
    texts = {}
    for path in tracked_files():
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(_OTHER_PEOPLES):
            continue
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image, a font, an artefact
    return texts


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Returns `path:line: text` for each line of our own texts in which the pattern is found."""
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, content in own_texts().items()
        for number, line in enumerate(content.splitlines(), start=1)
        if pattern.search(line)
    ]


def modules() -> list[Path]:
    """Returns the modules of the package."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)


def public_without_docstring(tree: ast.Module) -> Iterator[str]:
    """Yields the public classes and functions of a module that say nothing about themselves, and the module itself."""
    if tree.body and ast.get_docstring(tree) is None:
        yield "the module"
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            yield node.name


def targets() -> dict[str, str]:
    """Returns the documented targets of the Makefile, each with its sentence."""
    return dict(
        re.findall(r"^([a-z][a-z-]*):.*## (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )


def commands_in(text: str) -> set[str]:
    """Returns the make targets that a page names as commands: in a code span, or at the start of a line."""
    return set(re.findall(r"(?:`|^\s*(?:\$ )?)make (?:[A-Z_]+=\S+ )*([a-z][a-z-]*)", text, re.MULTILINE))


def test_imports_go_down_the_house_and_only_the_named_rooms_know_the_big_libraries() -> None:
    linter = Path(sys.executable).with_name("lint-imports")

    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("entrance", ["moderation.app", "moderation.__main__"])
def test_the_big_libraries_are_not_imported_before_a_model_is_needed(entrance: str) -> None:
    script = f"import sys, {entrance}; print(*sorted({{'sklearn', 'scipy'}} & sys.modules.keys()))"

    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == []


def test_the_folder_of_revisions_does_not_hide_the_library_of_its_name() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()


def test_the_folder_of_classifiers_is_data_and_nothing_to_import() -> None:
    assert list((ROOT / "models").rglob("*.py")) == []


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_runs_away(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_is_public_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert list(public_without_docstring(tree)) == []


def test_every_room_is_visited_by_a_test() -> None:
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules() if path.stat().st_size}
    rooms -= {"__init__", "__main__"}
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))

    unvisited = {room for room in rooms if not re.search(rf"\bmoderation(?:\.| import .*\b){room}\b", tests)}

    assert unvisited == set()


def test_every_metric_is_moved_by_someone() -> None:
    declared = {name for name, value in vars(metrics).items() if isinstance(value, MetricWrapperBase)}
    others = "\n".join(path.read_text(encoding="utf-8") for path in modules() if path != PACKAGE / "metrics.py")

    assert declared
    assert {name for name in declared if not re.search(rf"\bmetrics\.{name}\b", others)} == set()


def test_nothing_names_a_folder_of_the_machine_it_was_written_on() -> None:
    assert lines_with(_MACHINE_PATH) == []


def test_nothing_names_a_host_of_packages_because_everyone_has_their_own_mirror() -> None:
    assert lines_with(_PACKAGE_HOST) == []


def test_nothing_is_left_to_be_done_later() -> None:
    assert lines_with(_UNFINISHED) == []


def test_what_runs_alone_is_marked_as_it_is_looked_for() -> None:
    # Files without these very letters are not even read for the part of those that run alone.
    texts = {name: text for name, text in own_texts().items() if re.fullmatch(r"tests/.*/test_\w+\.py", name)}
    marked = {name for name, text in texts.items() if re.search(r"\bmark\.alone\b|add_marker\(.alone", text)}

    assert len(marked) > 5
    assert marked == {name for name, text in texts.items() if "pytest.mark.alone" in text}


def test_the_readme_names_the_two_commands_that_one_needs() -> None:
    assert commands_in((ROOT / "README.md").read_text(encoding="utf-8")) >= {"serve", "test"}


def test_every_make_command_in_our_pages_exists() -> None:
    named = {
        (name, command)
        for name, text in own_texts().items()
        if name.endswith(".md")
        for command in commands_in(text)
        if command not in targets()
    }

    assert named == set()


def test_no_file_of_the_name_of_a_command_keeps_make_from_running_it() -> None:
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)

    assert phony is not None
    assert set(phony[1].split()) == targets().keys()


def test_the_table_of_settings_has_every_setting() -> None:
    page = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    table = page.partition("\n## Settings\n")[2].partition("\n\nSite settings")[0]
    rows = re.findall(r"^\| (`[A-Z_`, ]+`) \|", table, re.MULTILINE)

    named = [name for row in rows for name in re.findall(r"[A-Z_]+", row)]

    assert sorted(named) == sorted(name.upper() for name in Settings.model_fields)


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("Run `make test`.", {"test"}),
        ("```\n$ make serve\nmake PYTHON=python3.12 check\n```", {"serve", "check"}),
        ("We make sure that it works.", set()),
    ],
)
def test_a_command_is_told_from_a_verb(text: str, commands: set[str]) -> None:
    assert commands_in(text) == commands


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (_MACHINE_PATH, "see /" + "home/ana/x", True),
        (_MACHINE_PATH, "'/" + "root/.cache'", True),
        (_MACHINE_PATH, "https://example.org/" + "home/ana", False),
        (_MACHINE_PATH, "/srv/moderation", False),
        (_PACKAGE_HOST, "https://" + "pypi" + ".org/simple", True),
        (_PACKAGE_HOST, "example.org", False),
        (_UNFINISHED, "# TO" + "DO: later", True),
        (_UNFINISHED, "mktemp X" + "XXXXX", False),
    ],
)
def test_forbidden_words_are_found_and_others_are_not(pattern: re.Pattern[str], text: str, found: bool) -> None:
    assert bool(pattern.search(text)) is found
