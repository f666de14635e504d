"""Slots and relocations where departures are uncertain: what scenarios save, and what they take.

The notes are the point: relocations of ours beside those of the rules that yards go by, on the same
events. Mean over the seeds and half the range of them.
"""

import time
from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.rows import Row, compare
from layouts.generator import demo_yard
from twin.operations.arrivals import HOURLY_SHARE
from twin.stacking.uncertain import emptying
from twin.stacking.uncertain.beliefs import Beliefs, Known, Noisy
from twin.stacking.uncertain.expectation import exact_uniform, simulated_uniform
from twin.stacking.uncertain.policies import RULES
from twin.stacking.uncertain.record import Record
from twin.stacking.uncertain.replay import Outcome, replay
from twin.stacking.uncertain.residence import Learnt
from twin.stacking.uncertain.sample import Sample, sample_record
from twin.stacking.uncertain.week import week_record

SEEDS, WEEKS = (1, 2, 3), (1, 2)
TOLD: dict[str, Callable[[Record, int], Beliefs]] = {
    "known": lambda record, seed: Known(record),
    "off by 0.5 d": lambda record, seed: Noisy(record, 0.5, seed),
    "off by 1 d": lambda record, seed: Noisy(record, 1.0, seed),
    "off by 2 d": lambda record, seed: Noisy(record, 2.0, seed),
    "not told": lambda record, seed: Learnt(record, seed),
}
BLOCKS = {"roomy": Sample(positions=28), "dense": Sample(positions=22), "no groups": Sample(group_size=1.0)}
"""A block of 15 rows x 4 tiers for six days, some 500 arrivals and departures."""


def rows() -> Iterable[Row]:
    """Compare policies under uncertain departures."""
    yield from _uniform()
    for name, sample in BLOCKS.items():
        records = [(seed, sample_record(seed, sample)) for seed in SEEDS]
        for told in TOLD:
            yield _block(f"block of 6 days, {name}, {told}", records, told)
    yield _week()


def _uniform() -> Iterable[Row]:
    for stacks, tiers in ((6, 4), (6, 5)):
        exact, found = exact_uniform(stacks, tiers), simulated_uniform(stacks, tiers, 20_000, 1).mean()
        yield compare(
            f"empty 300 bays of {stacks} x {tiers} in any order",
            lambda stacks=stacks, tiers=tiers: simulated_uniform(stacks, tiers, 300, 1),
            lambda stacks=stacks, tiers=tiers: _plainly(stacks, tiers, 300),
            "a list a stack",
            note=f"relocations {found:.3f} simulated (20,000 bays), {exact:.3f} exact"
            + ("" if emptying.COMPILED else ", without a compiler"),
        )


def _plainly(stacks: int, tiers: int, bays: int) -> int:
    """Empty full bays, the next box being any: blockers to the lowest other stack."""
    rng, done = np.random.default_rng(1), 0
    for _ in range(bays):
        bay = [list(range(s * tiers, (s + 1) * tiers)) for s in range(stacks)]
        for due in rng.permutation(stacks * tiers):
            source = next(stack for stack in bay if due in stack)
            while source[-1] != due:
                min((s for s in bay if s is not source), key=len).append(source.pop())
                done += 1
            source.pop()
    return done


def _block(title: str, records: list[tuple[int, Record]], told: str) -> Row:
    outcomes, took_ms = {}, {}
    for rule in ("expected", "min_max", "levelling", "random"):
        start = time.perf_counter()
        outcomes[rule] = [
            replay(record, TOLD[told](record, seed), RULES[rule], seed) for seed, record in records
        ]
        took_ms[rule] = 1e3 * (time.perf_counter() - start)
    return _noted(title, "min_max", outcomes, took_ms)


def _noted(title: str, peer: str, outcomes: dict[str, list[Outcome]], took_ms: dict[str, float]) -> Row:
    """Give the row of policies that were each played once: the relocations are what is compared."""
    ours = outcomes.pop("expected")
    least = np.mean([out.blocking_at_start for out in ours])
    leaves = np.mean([out.leaves for out in ours])
    ms = np.percentile(np.concatenate([out.ms for out in ours]), (50, 95))
    beside = ", ".join(f"{name} {_spread(found)}" for name, found in outcomes.items())
    note = (
        f"relocations {_spread(ours)} against {beside}; at least {least:.0f}; {leaves:.0f} departures; "
        f"{ms[0]:.1f} ms a decision, p95 {ms[1]:.1f}"
    )
    mine_ms, peer_ms = took_ms["expected"], took_ms[peer]
    return Row(title, peer, mine_ms, peer_ms, peer_ms / mine_ms, 0.0, note)


def _spread(outcomes: list[Outcome]) -> str:
    found = [out.relocations for out in outcomes]
    return f"{np.mean(found):.0f} ± {(max(found) - min(found)) / 2.0:.0f}"


def _week() -> Row:
    """Play a week of the demo yard, departures known to a day, the same events for every policy."""
    records = [(seed, week_record(demo_yard().blocks, HOURLY_SHARE, seed)) for seed in WEEKS]
    outcomes, took_ms = {}, {}
    for rule in ("expected", "levelling", "min_max", "random"):
        start = time.perf_counter()
        outcomes[rule] = [
            replay(record, Noisy(record, 1.0, seed, 24), RULES[rule], seed, keep_room=True)
            for seed, record in records
        ]
        took_ms[rule] = 1e3 * (time.perf_counter() - start)
    return _noted("week of the demo yard, off by 1 d", "levelling", outcomes, took_ms)
