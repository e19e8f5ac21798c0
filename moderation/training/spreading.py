"""Work that is done text by text is spread over processes, or over the machines of a Dask cluster, through joblib.

What is spread has no state of its own, so the result is the same wherever it was computed, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config

from moderation.errors import WrongUse

Item = TypeVar("Item")
Done = TypeVar("Done")

# Lessons that travel together: what a classifier knows travels with them, some megabytes.
CHUNK = 500


def spread(
    function: Callable[[int, Sequence[Item]], Done], items: Sequence[Item], *, chunk: int | None = None
) -> list[Done]:
    """Calls a function for each part of a list with the number of the part's first item; returns the results in order.
    Within `computing` by many at once, else one after the other."""
    size = chunk or CHUNK
    parts = [(begin, items[begin : begin + size]) for begin in range(0, len(items), size)]
    done: list[Done] = Parallel()(delayed(function)(begin, part) for begin, part in parts)
    return done


def one_by_one(
    function: Callable[[Item], Done], items: Iterable[Item], *, done: Callable[[int], None] = lambda count: None
) -> list[Done]:
    """Calls a function for each of some items that take long; returns the results in order. `done` is told how many
    there are. Within `computing` many at once; what an item spreads itself is then computed where the item is."""
    results: list[Done] = []
    for result in Parallel(return_as="generator")(delayed(function)(item) for item in items):
        results.append(result)
        done(len(results))
    return results


@contextmanager
def computing(*, jobs: int = 1, scheduler: str | None = None) -> Iterator[None]:
    """Lets `spread` use this many processes, or the Dask cluster whose scheduler has this address. Raises WrongUse
    when there is no Dask here, or nobody answers at the address."""
    if scheduler is not None:
        with _dask(scheduler):
            yield
    elif jobs > 1:
        with parallel_config("loky", n_jobs=jobs):
            yield
    else:
        yield


@contextmanager
def _dask(scheduler: str) -> Iterator[None]:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise WrongUse("Dask is not installed here; it comes with: pip install 'moderation[dask]'") from None
    try:
        client = distributed.Client(scheduler, timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError):
        raise WrongUse("No Dask scheduler answers at this address.") from None
    try:
        with parallel_config("dask", client=client):
            yield
    finally:
        client.close()
