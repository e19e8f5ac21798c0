"""The wheel is what people install: it must work far from the checkout, with its revisions and its classifier."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA_FOLDERS = ["alembic", "models"]

pytestmark = pytest.mark.slow


def pip(*arguments: str | Path) -> None:
    """Runs pip and shows what it said when it fails."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *map(str, arguments)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def own_files() -> set[str]:
    """The files of the project: those that git knows, or in a tree without git those that lie there."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
        return {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    folders = ["alembic", "bench", "docs", "drills", "models", "moderation", "tests"]
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    return {path.relative_to(ROOT).as_posix() for path in files if path.is_file()}


def licences_of_data() -> set[str]:
    """The identifiers (SPDX) of the licences that the texts in models/data name."""
    told = [path.read_text(encoding="utf-8").split("**Licence:**")[1] for path in ROOT.glob("models/data/*/README.md")]
    names = [re.findall(r"CC BY-SA 3\.0|CC BY 4\.0|CC0 1\.0|MIT", text)[:1] for text in told]
    assert all(names), "a licence that this test does not know"
    return {name.replace(" ", "-") for [name] in names}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    # With the builder at hand there is no need to fetch another one.
    at_hand = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    pip("wheel", ROOT, "--no-deps", *at_hand, "--wheel-dir", folder)
    (built,) = folder.glob("moderation-*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def names_in_source(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("source")
    run = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (built,) = folder.glob("moderation-*.tar.gz")
    with tarfile.open(built) as archive:
        return {name.split("/", 1)[1] for name in archive.getnames()}


@pytest.mark.parametrize("folder", DATA_FOLDERS)
def test_the_wheel_holds_every_file_of_a_data_folder_and_none_that_only_lies_there(
    folder: str, names: set[str]
) -> None:
    inside = {f"moderation/_data/{name}" for name in own_files() if name.startswith(f"{folder}/")}

    assert inside
    assert {name for name in names if name.startswith(f"moderation/_data/{folder}/")} == inside


def test_the_source_holds_all_that_running_testing_and_measuring_need(names_in_source: set[str]) -> None:
    # What begins with a dot is for git and for those who work on the checkout.
    needed = {name for name in own_files() if not name.startswith(".")} | {".dockerignore"}

    assert needed - names_in_source == set()


def test_the_wheel_holds_what_the_pages_are_made_of(names: set[str]) -> None:
    parts = [path for path in (ROOT / "moderation").rglob("*") if path.is_file() and "__pycache__" not in path.parts]

    assert {path.relative_to(ROOT).as_posix() for path in parts} <= names


def test_the_wheel_installs_one_name_and_nothing_beside_it(names: set[str]) -> None:
    top = {name.split("/", 1)[0] for name in names}

    assert {name for name in top if not name.endswith(".dist-info")} == {"moderation"}


def test_the_wheel_carries_licence_and_notice_and_the_command(wheel: Path, names: set[str]) -> None:
    (info,) = {name.split("/", 1)[0] for name in names if ".dist-info/" in name}
    with zipfile.ZipFile(wheel) as archive:
        metadata = Parser().parsestr(archive.read(f"{info}/METADATA").decode())
        commands = archive.read(f"{info}/entry_points.txt").decode()

    assert set(metadata["License-Expression"].split(" AND ")) == {"Apache-2.0"} | licences_of_data()
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/NOTICE"} <= names
    assert "moderation = moderation.__main__:main" in commands


def test_the_installed_package_finds_its_data_far_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip("install", "--no-deps", "--no-index", "--target", site, wheel)
    script = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import moderation\n"
        "from moderation.bundled import bundled_folder\n"
        f"print(moderation.__file__, *map(bundled_folder, {DATA_FOLDERS!r}), sep='\\n')\n"
    )

    # -I -S: neither this folder nor the editable installation of the checkout can be found instead.
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert run.returncode == 0, run.stderr
    module, *folders = map(Path, run.stdout.split("\n")[:-1])
    assert module == site / "moderation" / "__init__.py"
    assert folders == [site / "moderation" / "_data" / name for name in DATA_FOLDERS]
    assert all(any(folder.iterdir()) for folder in folders)
