"""The session: binds sources, decoder, engine, journal and solver; the one writer of the state."""

import operator
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from twin import codec, retiming
from twin.clock import NS_PER_S, Clock
from twin.decisions import Decision
from twin.engine import step
from twin.inputs import Batch, RawChunk
from twin.journal.writer import JournalWriter
from twin.proposals import Problem, next_problem
from twin.rulings import ReadLayout
from twin.snapshot import JournalHealth, Mode, Snapshot, SourceHealth
from twin.stacking.suggestion import Offer, Suggestion, WorkOrder, saves_nothing
from twin.state import State

KEYFRAME_NS = 10_000_000_000
AFTER_LOSS_NS = NS_PER_S
"""Where a tick is lost the next keyframe comes so soon after the one before: a replay goes on from there."""
ALARM_MARK = "alarm"
END_MARK = "end"
"""Written where a run is closed: a journal without it is of one that was cut, or that goes on."""
RETRY_TICKS = 300
"""A number that a solver found no answer for, or none that saves anything, is asked about again after so many
ticks."""


PART_NS = NS_PER_S
"""What came in a longer time is taken part by part: machines move on, and words are not told too late."""


def parts_of(
    since_ns: int, now_ns: int, chunks: tuple[RawChunk, ...]
) -> list[tuple[int, tuple[RawChunk, ...]]]:
    """Cut what has come into parts of a second each, by when it was received.

    Parameters
    ----------
    since_ns, now_ns : int
        The tick before and this one [ns UTC].
    chunks : tuple of RawChunk
        They keep their order: one received before another that stands in front of it goes with that.

    Returns
    -------
    list of (int, tuple of RawChunk)
        Until when, and what came; the last one until now. One where the ticks are no further apart, as they
        are but where time goes faster than life, or a tick was held up.
    """
    count = -(-(now_ns - since_ns) // PART_NS)
    if count <= 1 or not chunks:
        return [(now_ns, chunks)]
    parts: dict[int, list[RawChunk]] = {}
    place = 0
    for chunk in chunks:
        place = min(max(place, (chunk.t_rx_ns - since_ns - 1) // PART_NS), count - 1)
        parts.setdefault(place, []).append(chunk)
    parts.setdefault(count - 1, [])
    return [(min(since_ns + (k + 1) * PART_NS, now_ns), tuple(part)) for k, part in parts.items()]


class Source(Protocol):
    """Where bytes come from; never blocks."""

    def poll(self) -> tuple[RawChunk, ...]:
        """Give what has come since the last call."""
        ...

    def health(self, now_ns: int) -> SourceHealth:
        """Tell how the source is doing."""
        ...

    def close(self) -> None:
        """Let the source go."""
        ...


class Decoder(Protocol):
    """Makes messages of bytes; what waits between ticks can be remembered and recalled."""

    def decode(self, chunks: Sequence[RawChunk]) -> Batch:
        """Give the messages of a tick's chunks; never raises."""
        ...

    def memory(self) -> bytes:
        """Give what is pending between ticks."""
        ...

    def recall(self, memory: bytes) -> None:
        """Take up what was pending."""
        ...


class Solver(Protocol):
    """Answers one problem at a time."""

    @property
    def busy(self) -> bool:
        """Whether a problem is being solved."""
        ...

    def ask(self, problem: Problem) -> None:
        """Hand a problem over."""
        ...

    def answer(self) -> tuple[bool, Suggestion | None]:
        """Give whether an answer has come, and the answer."""
        ...

    def close(self) -> None:
        """Let the solver go."""
        ...


class WorkOrderSink(Protocol):
    """Takes work orders: the simulation in the demo, a terminal operating system in a real yard."""

    def send(self, order: WorkOrder) -> None:
        """Take an order over."""
        ...


@dataclass(frozen=True, slots=True)
class Bound:
    """What a session is bound to; journal, solver and sink may be absent."""

    sources: Sequence[Source]
    decoder: Decoder
    clock: Clock
    read_layout: ReadLayout
    journal: JournalWriter | None = None
    solver: Solver | None = None
    sink: WorkOrderSink | None = None
    mode: Mode = Mode.LIVE


class Session:
    """Ticks: takes in what came, records it, steps the state, and gives a snapshot.

    Parameters
    ----------
    state : State
        Where it starts.
    bound : Bound
        What it is bound to.
    """

    def __init__(self, state: State, bound: Bound) -> None:
        self.state = state
        self._bound = bound
        self._decisions: deque[Decision] = deque()
        self._tried: dict[str, int] = {}
        self._asked = ""
        self._fruitless: tuple[object, ...] = ()
        self._kept_ns = self._kept_lost = 0
        self._keyframes = codec.Encoder()
        self._refused: dict[str, Counter[str]] = {}
        self._closed = False
        self._keep_keyframe()

    def decide(self, decision: Decision) -> None:
        """Put a decision into the next tick."""
        self._decisions.append(decision)

    def tick(self) -> Snapshot:
        """Take in what has come since the last tick and give the yard as it now stands."""
        bound = self._bound
        chunks = tuple(chunk for source in bound.sources for chunk in source.poll())
        started = time.perf_counter()
        t_ns = bound.clock.now_ns()
        self._hear_solver()
        decisions = tuple(self._decisions)
        self._decisions.clear()
        *earlier, last = parts_of(self.state.t_ns, t_ns, chunks)
        for until_ns, part in earlier:
            self._step(until_ns, part, ())
        # Of decisions the newest state tells what became of them.
        self._step(*last, decisions, self._recording())
        self._give_up_refused_offers()
        self._ask_solver()
        return self._snapshot(1e3 * (time.perf_counter() - started))

    def _recording(self) -> bool | None:
        """Tell whether the journal fails, where the state does not know that yet; None where it does."""
        journal = self._bound.journal
        fails = journal is not None and journal.trouble is not None
        return None if fails is self.state.unrecorded else fails

    def _step(
        self, t_ns: int, chunks: tuple[RawChunk, ...], decisions: tuple[Decision, ...],
        unrecorded: bool | None = None,
    ) -> None:  # fmt: skip
        bound, before = self._bound, self.state
        self._record(t_ns, chunks, decisions, unrecorded)
        batch = bound.decoder.decode(chunks)
        if unrecorded is not None:
            batch = replace(batch, unrecorded=unrecorded)
        for reject in batch.rejects:
            self._refused.setdefault(reject.source, Counter())[reject.reason] += 1
        self.state = step(before, t_ns, batch, decisions, bound.read_layout)
        self._send_orders(before)
        self._mark_alarms(before)
        if self._keyframe_due():
            self._keep_keyframe()

    def close(self) -> None:
        """Stop sources and solver, and commit the journal with a last keyframe."""
        if self._closed:
            return
        self._closed = True
        for source in self._bound.sources:
            source.close()
        if self._bound.solver is not None:
            self._bound.solver.close()
        if self._bound.journal is not None:
            self._keep_keyframe()
            self._bound.journal.mark(self.state.tick, self.state.t_ns, END_MARK, "")
            self._bound.journal.close()

    def _record(
        self, clock_ns: int, chunks: tuple[RawChunk, ...], decisions: tuple[Decision, ...],
        unrecorded: bool | None,
    ) -> None:  # fmt: skip
        journal = self._bound.journal
        if journal is None:
            return
        state = self.state
        seq, t_ns = state.tick + 1, retiming.instant_ns(state.clock_back, state.t_ns, clock_ns)
        # Rows are in the order of their instants; where the clock ran back, what it said goes with the rest.
        inputs: tuple[object, ...] = (chunks, decisions)
        if t_ns != clock_ns or unrecorded is not None:
            inputs = (chunks, decisions, clock_ns, unrecorded)
        journal.append(seq, t_ns, lambda: codec.encode(inputs), urgent=bool(decisions))
        if decisions:
            # What an operator is told is done has been committed first; a stalled disk is told as such.
            journal.wait(seq, DECISION_WAIT_S)

    def _keyframe_due(self) -> bool:
        journal = self._bound.journal
        lost = journal is not None and journal.lost_ticks > self._kept_lost
        return self.state.t_ns >= self._kept_ns + (AFTER_LOSS_NS if lost else KEYFRAME_NS)

    def _keep_keyframe(self) -> None:
        journal, state = self._bound.journal, self.state
        self._kept_ns = state.t_ns
        if journal is not None:
            self._kept_lost = journal.lost_ticks
            memory = self._bound.decoder.memory()
            journal.keyframe(state.tick, state.t_ns, lambda: self._keyframes.encode((state, memory)))

    def _hear_solver(self) -> None:
        solver = self._bound.solver
        if solver is None:
            return
        come, suggestion = solver.answer()
        if come and suggestion is not None and not saves_nothing(suggestion):
            self._decisions.append(Offer(suggestion))
        elif come:
            self._tried[self._asked] = self.state.tick + RETRY_TICKS

    def _give_up_refused_offers(self) -> None:
        """Leave a subject alone for a while whose answer came too late to be offered."""
        for verdict in self.state.verdicts:
            if isinstance(verdict.decision, Offer) and not verdict.taken:
                self._tried[verdict.decision.suggestion.subject] = self.state.tick + RETRY_TICKS

    def _ask_solver(self) -> None:
        solver = self._bound.solver
        if solver is None or solver.busy or self._decisions:
            return
        self._tried = {number: until for number, until in self._tried.items() if until > self.state.tick}
        state = self.state
        seen = (state.yard, state.stock, state.pick_ups, state.arrivals, state.suggestions, *self._tried)
        if len(seen) == len(self._fruitless) and all(map(operator.is_, seen, self._fruitless)):
            return  # nothing was worth asking, and nothing has changed since
        self._fruitless = seen
        problem = next_problem(state, frozenset(self._tried))
        if problem is not None:
            self._fruitless = ()
            self._asked = problem.number
            solver.ask(problem)

    def _send_orders(self, before: State) -> None:
        if self.state.orders is before.orders or self._bound.sink is None:
            return
        known = {order.id for order in before.orders}
        for order in self.state.orders:
            if order.id not in known:
                self._bound.sink.send(order)

    def _mark_alarms(self, before: State) -> None:
        raised = self.state.counts.alarms - before.counts.alarms
        if raised and self._bound.journal is not None:
            self._bound.journal.mark(self.state.tick, self.state.t_ns, ALARM_MARK, str(raised))

    def _snapshot(self, tick_ms: float) -> Snapshot:
        bound, journal = self._bound, self._bound.journal
        health = None
        if journal is not None:
            health = JournalHealth(str(journal.path), journal.rows, journal.trouble, journal.lost_ticks)
        told = (source.health(self.state.t_ns) for source in bound.sources)
        sources = tuple(map(self._with_refusals, told))
        return Snapshot(self.state, bound.mode, sources, health, tick_ms)

    def _with_refusals(self, told: SourceHealth) -> SourceHealth:
        """Give the health of a source with what was refused of it, and why."""
        reasons = self._refused.get(told.name)
        if reasons is None:
            return told
        return replace(told, rejects=reasons.total(), refused=tuple(reasons.most_common()))


DECISION_WAIT_S = 0.03
"""The longest that a tick waits for the disk: the window may not stand still over 50 ms."""
