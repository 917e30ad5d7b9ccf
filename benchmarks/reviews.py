"""Reviews: the agreement of five reviewers on 10,000 items, a reviewer's step, and eight who judge at once.

    python benchmarks/reviews.py [--items 10000] [--reviewers 5] [--writers 8] [--verdicts 10000]
                                 [--postgresql postgresql://USER@HOST/NAME]

The agreement is of all coefficients with 1,000 bootstrap draws, against scikit-learn's kappa alone for each pair and
draw. A step is one verdict kept, and the next item found, with all verdicts of the others in the log. The writers are
processes; what each was told is kept is held against what is there, and the chain is verified. The database of a server
must be empty; what is written stays there.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.data.keys import artefact_key
from explorer.data.verdicts import VERDICTS, Protocol, Verdict
from explorer.review.agreement import round_agreement
from explorer.review.orders import queue
from explorer.store.decisions.rounds import Rounds
from explorer.store.decisions.subsets import Decisions
from explorer.store.decisions.verdicts import Verdicts

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

    from numpy.typing import NDArray

DRAWS = 1000
STEPS = 40
NAME = "Spring"


def main() -> None:
    """Print one line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--reviewers", type=int, default=5)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--verdicts", type=int, default=10_000)
    parser.add_argument("--postgresql", metavar="URL")
    arguments = parser.parse_args()
    votes = _votes(arguments.items, arguments.reviewers)
    _agreement(votes)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _step(folder / "step.db", votes)
        for where in filter(None, (str(folder / "decisions.db"), arguments.postgresql)):
            _writers(where, folder, arguments.writers, arguments.verdicts)


def _votes(items: int, reviewers: int) -> NDArray[np.int64]:
    """What reviewers say who mostly agree, (items, reviewers)."""
    chance = np.random.default_rng(7)
    truth = chance.choice(len(VERDICTS), (items, 1), p=(0.6, 0.25, 0.1, 0.05))
    own = chance.integers(0, len(VERDICTS), (items, reviewers))
    return np.where(chance.random((items, reviewers)) < 0.8, truth, own)


def _said(votes: NDArray[np.int64]) -> list[Verdict]:
    names, now = list(VERDICTS), datetime.now(UTC)
    return [
        Verdict("", f"{row:05}.png", f"reviewer {column}", names[code], now)
        for (row, column), code in np.ndenumerate(votes)
    ]


def _agreement(votes: NDArray[np.int64]) -> None:
    from sklearn.metrics import cohen_kappa_score

    said = _said(votes)
    start = time.perf_counter()
    found = round_agreement(said, {}, draws=DRAWS)
    ours = time.perf_counter() - start
    start = time.perf_counter()
    few = 10
    chance = np.random.default_rng(7)
    for _ in range(few):
        drawn = votes[chance.integers(0, len(votes), len(votes))]
        for one, two in combinations(range(votes.shape[1]), 2):
            cohen_kappa_score(drawn[:, one], drawn[:, two])
    theirs = (time.perf_counter() - start) / few * DRAWS
    alpha = found.verdicts.alpha
    print(
        f"agreement {len(votes):,} x {votes.shape[1]}, {DRAWS:,} draws: {ours:.1f} s, alpha {alpha.value:.3f} "
        f"({alpha.low:.3f} to {alpha.high:.3f}); scikit-learn's kappa of each pair {theirs:.0f} s (of {few} draws), "
        f"ratio {theirs / ours:.0f}",
        flush=True,
    )


def _step(path: Path, votes: NDArray[np.int64]) -> None:
    """Seconds of one verdict and finding the next item, the others having judged everything."""
    items = tuple(f"{row:05}.png" for row in range(len(votes)))
    reviewers = tuple(f"reviewer {column}" for column in range(votes.shape[1]))
    with Decisions.open(path, path.with_name("step.newest")) as log:
        Rounds(log).start(Protocol(NAME, items, (*reviewers, "Ada")), author="Ada")
        one = Rounds(log).find(NAME)
        Verdicts(log).give(NAME, _said(votes), author="Ada")

        def next_place() -> str:
            said = {(each.id, each.reading): each for each in Verdicts(log).by(one.key, "Ada").values()}
            return next(each.id for each in queue(one.protocol, "Ada", said) if each.verdict is None)

        place, taken = next_place(), []
        for _ in range(STEPS):
            start = time.perf_counter()
            Verdicts(log).give(NAME, [Verdict("", place, "Ada", "correct", datetime.now(UTC))], author="Ada")
            place = next_place()
            taken.append(time.perf_counter() - start)
        start = time.perf_counter()
        Verdicts(log).undo(NAME, "Ada")
        undone = time.perf_counter() - start
    print(f"a step among {votes.size:,} verdicts: {_ms(taken)}; undo {1000 * undone:.0f} ms", flush=True)


def _writers(where: str, folder: Path, writers: int, verdicts: int) -> None:
    """Let processes judge at once; see that what each was told is there, and the chain whole."""
    each = -(-verdicts // writers)
    newest = folder / f"{artefact_key(where=where)}.newest"
    reviewers = tuple(f"reviewer {number}" for number in range(writers))
    with Decisions.open(where, newest) as log:
        items = tuple(f"{row:05}.png" for row in range(each))
        Rounds(log).start(Protocol(NAME, items, reviewers, repeats=0.0), author="Ada")
    told: Queue[tuple[str, list[float]]] = multiprocessing.Queue()
    running = [multiprocessing.Process(target=_judge, args=(told, where, newest, who, each)) for who in reviewers]
    start = time.perf_counter()
    for process in running:
        process.start()
    waits = dict(told.get() for _ in running)
    for process in running:
        process.join()
    taken = time.perf_counter() - start
    with Decisions.open(where, newest) as log:
        there = Verdicts(log).of(Rounds(log).find(NAME).key)
        found = log.verify_chain()
    acknowledged = sum(map(len, waits.values()))
    assert len({(one.reviewer, one.id) for one in there}) == acknowledged == each * writers, "a verdict is lost"
    assert found == (acknowledged + 1, [], None), "the chain is broken"
    what = "PostgreSQL" if "://" in where else "SQLite"
    every = [wait for some in waits.values() for wait in some]
    print(
        f"{writers} writers, {what}: {acknowledged:,} verdicts acknowledged, {len(there):,} there, chain whole, "
        f"{taken:.0f} s; each {_ms(every)}",
        flush=True,
    )


def _judge(told: Queue[tuple[str, list[float]]], where: str, newest: Path, who: str, many: int) -> None:
    waits = []
    with Decisions.open(where, newest) as log:
        for row in range(many):
            start = time.perf_counter()
            given = Verdict("", f"{row:05}.png", who, "incorrect", datetime.now(UTC), seconds=1.5)
            Verdicts(log).give(NAME, [given], author=who)
            waits.append(time.perf_counter() - start)
    told.put((who, waits))


def _ms(seconds: list[float]) -> str:
    middle, late = 1000 * np.median(seconds), 1000 * np.percentile(seconds, 99)
    return f"median {middle:.0f} ms, p99 {late:.0f} ms"


if __name__ == "__main__":
    main()
