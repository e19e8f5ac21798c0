"""Measures the recipe of the bundled classifier: `make accuracy`. With ACCURACY='--quick' four fits, only printed.

Fits some hundred and fifty classifiers, three dozen of them on nearly all that is shipped: a quarter of an hour on two
cores. With ACCURACY='--keep FOLDER' each fit is kept there, and an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from joblib import Parallel, cpu_count, delayed

from bench.accuracy.figures import Results, day_one, videos_left_out
from bench.accuracy.folds import FOX, Fold, Judged, all_folds, judge, quick_folds
from bench.accuracy.kept import read_kept, write_kept
from bench.accuracy.pictures import recall_curves, reliability
from bench.accuracy.report import report_of, text
from moderation.bundled import bundled_folder
from moderation.training.baseline import NAME
from moderation.training.dataset import Example, fingerprint, repeats, without_repeats
from moderation.training.sources import bundled_examples


def main() -> None:
    """Fits, judges, prints and writes."""
    chosen, models = _options(), bundled_folder("models")
    given = list(bundled_examples(models))
    kept, repeated = without_repeats(given), repeats(given)
    folds = quick_folds(kept) if chosen.quick else all_folds(kept, repeated)
    examples = [*kept, *repeated]
    results = Results(_all_judged(folds, examples, chosen.keep), examples)
    if chosen.quick:
        print({name: str(figure) for name, figure in videos_left_out(results).items()})
        print({name: str(figure) for name, figure in day_one(results, FOX, "ours").items()})
        return
    report = report_of(results)
    page = text(report, NAME)
    print(page)
    _write(
        chosen.out, {"README.md": page, "recall.svg": recall_curves(results), "reliability.svg": reliability(results)}
    )
    facts = {"recipe": NAME, "data": fingerprint(given), "figures": report.as_json()}
    _write(models, {"accuracy.json": json.dumps(facts, indent=1, ensure_ascii=False) + "\n"})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make accuracy", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="few fits, printed only")
    parser.add_argument("--keep", type=Path, help="folder of fits that are not made again while it holds them")
    parser.add_argument("--out", type=Path, default=Path("docs/accuracy"), help="folder of the page and its pictures")
    return parser.parse_args()


def _all_judged(folds: Sequence[Fold], examples: Sequence[Example], keep: Path | None) -> Iterator[Judged]:
    """Yields every fold when it is judged, in order, and says how far it is."""
    begun = time.monotonic()
    work = Parallel(n_jobs=min(cpu_count(), len(folds)), return_as="generator")
    for done, judged in enumerate(work(delayed(_quietly)(fold, examples, keep and keep / NAME) for fold in folds), 1):
        _tell(done, len(folds), time.monotonic() - begun, judged.fold)
        yield judged


def _quietly(fold: Fold, examples: Sequence[Example], keep: Path | None) -> Judged:
    warnings.simplefilter("ignore")
    if keep is None:
        return judge(fold, examples)
    found = read_kept(keep, fold)
    if found is None:
        found = judge(fold, examples)
        write_kept(keep, found)
    return found


def _tell(done: int, of: int, seconds: float, fold: Fold) -> None:
    left = seconds / done * (of - done)
    bar = "█" * (20 * done // of)
    print(f"\r{bar:░<20} {done}/{of}, about {left / 60:.0f} min left: {fold.task[:40]:40}", end="", file=sys.stderr)
    if done == of:
        print(file=sys.stderr)


def _write(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
