"""A replay: the journal where the queue stood, the same step, a cursor instead of a clock."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from twin import codec
from twin.decisions import PublishLayout
from twin.engine import step
from twin.errors import TwinError
from twin.journal.errors import VersionError
from twin.journal.reader import JournalReader, TickRow
from twin.recorded import Told, state_of, told_by
from twin.rerun import Rerun
from twin.rulings import ReadLayout
from twin.safety.rules import areas
from twin.session import ALARM_MARK, Decoder
from twin.snapshot import Hole, JournalHealth, Mode, Snapshot
from twin.state import State
from twin.yard.model import Yard
from twin.yard.slots import Slots

WORK_S = 0.03
"""A tick of the replay works no longer than this, or decodes or steps once: a far seek takes more of them."""
SLOWEST, FASTEST = 0.25, 64.0
LONGEST_S = 1.0
"""So long at most counts as gone by between two ticks: who was held up does not hurry."""
EPOCHS_A_JUMP = 1_000_000
"""A jump raises the epoch that viewers see by this, beyond any that was recorded."""
YIELD_S = 0.005
"""So long a tick leaves the processor to the thread that draws maps, where it waits for them [s]."""
_READ_AHEAD = 64
_YARDS = 3
"""So many yards are kept to be known again: a jump across a published layout finds both drawn."""


class JournalReplay:
    """Plays a journal, one that is still being written included.

    Parameters
    ----------
    path : Path
        The journal.
    new_decoder : callable
        Makes a decoder like the one that the recorded session had.
    read_layout : callable
        As for :func:`twin.engine.step`.
    beside : State, optional
        What goes on beside the replay. A recorded yard equal to its own is replaced by that: what is made
        of a yard once, by its identity, is there then.

    Raises
    ------
    JournalError
        Where the file is no sound journal, holds no keyframe, or is of another version in yard or stock too.
    """

    def __init__(
        self, path: Path, new_decoder: Callable[[], Decoder], read_layout: ReadLayout,
        beside: State | None = None,
    ) -> None:  # fmt: skip
        self._reader = JournalReader(path)
        self._new_decoder = new_decoder
        self._read_layout = read_layout
        self._ahead: deque[TickRow] = deque()
        self._after: TickRow | None = None
        self._hole: Hole | None = None
        self._told: Told | None = None
        self._jumps, self._arrived = 0, False
        self._playing, self._speed = False, 1.0
        self._wall_s: float | None = None
        self._last_tick: int | None = None
        self._span_ns = self._reader.span_ns()
        self._target_ns = self._span_ns[0]
        self._known: deque[tuple[Yard, Slots]] = deque(maxlen=_YARDS)
        if beside is not None:
            self._known.append((beside.yard, beside.slots))
        self._pool = ThreadPoolExecutor(1, "maps of a replay")
        self._drawing: Future[None] | None = None
        self._again: Rerun | None = None
        self._state, self._decoder = self._from_keyframe(self._target_ns)

    @property
    def span_ns(self) -> tuple[int, int]:
        """First and last recorded instant [ns UTC]; the last one rises while the recording goes on."""
        return self._span_ns

    @property
    def t_ns(self) -> int:
        """The instant under the cursor [ns UTC]."""
        return self._target_ns

    @property
    def playing(self) -> bool:
        """Whether the cursor runs."""
        return self._playing

    @property
    def speed(self) -> float:
        """How many recorded seconds pass in a second."""
        return self._speed

    @property
    def state(self) -> State:
        """The state last reached; it is the cursor's once :attr:`settled`."""
        return self._state

    @property
    def other_version(self) -> bool:
        """Whether the journal is of another version, and computed again from its first state."""
        return self._again is not None

    @property
    def settled(self) -> bool:
        """Whether the state shown is that under the cursor."""
        return self._state.t_ns <= self._target_ns and not self._due()

    def play(self) -> None:
        """Let the cursor run."""
        self._playing, self._wall_s, self._last_tick = True, None, None

    def pause(self) -> None:
        """Hold the cursor."""
        self._playing = False

    def set_speed(self, speed: float) -> None:
        """Let ``speed`` recorded seconds pass in a second; kept between 0.25 and 64."""
        self._speed = min(FASTEST, max(SLOWEST, speed))

    def seek(self, t_ns: int) -> None:
        """Put the cursor on an instant; the state there comes with the next ticks.

        Raises
        ------
        JournalError
            Where the journal is damaged there: the cursor stays where it is.
        """
        self._refresh_span()
        target_ns = min(max(t_ns, self._span_ns[0]), self._span_ns[1])
        keyframe_is_nearer = target_ns > self._state.t_ns + 15_000_000_000
        if self._again is not None:
            keyframe_is_nearer = self._again.reached_ns(target_ns) > self._state.t_ns
        if target_ns < self._state.t_ns or keyframe_is_nearer:
            self._state, self._decoder = self._from_keyframe(target_ns)
        self._last_tick, self._arrived, self._target_ns = None, False, target_ns

    def seek_forward(self, tick: int) -> None:
        """Compute on, tick by tick, until ``tick`` is reached or the record ends."""
        while self._state.tick < tick and self._next() is not None:
            self._work_on()

    def step(self, ticks: int) -> None:
        """Move by recorded ticks, backwards where negative."""
        self.pause()
        # Many ticks have one instant where the clock jumped back: they are counted, not looked up.
        here = self._state.tick if self.settled else self._reader.seq_at(self._target_ns)
        wanted = max(1, here + ticks)
        if self._after is not None and wanted > self._state.tick:
            wanted = max(wanted, self._after.seq)  # of the ticks before it there is no state
        found = self._reader.tick_from(wanted, 1 if ticks > 0 else -1)
        if found is None:
            return
        wanted, t_ns = found
        self.seek(t_ns)
        if self._state.tick > wanted:
            self._state, self._decoder = self._from_keyframe(t_ns - 1)
        self._last_tick = wanted

    def next_alarm(self, direction: int) -> bool:
        """Put the cursor on the next alarm (1) or the one before (-1); False where there is none."""
        instants = [t_ns for t_ns, _ in self._reader.marks(ALARM_MARK)]
        later = [t for t in instants if t > self._target_ns]
        earlier = [t for t in instants if t < self._target_ns]
        found = later[:1] if direction > 0 else earlier[-1:]
        if found:
            self.seek(found[0])
        return bool(found)

    def density(self, bins: int) -> list[int]:
        """Give how many alarms were raised in each of ``bins`` equal parts of the span."""
        first, last = self._span_ns
        counts = [0] * bins
        width = max(1, last - first)
        for t_ns, text in self._reader.marks(ALARM_MARK):
            index = min(bins - 1, (t_ns - first) * bins // width)
            if 0 <= index < bins:
                counts[index] += int(text) if text.isdigit() else 1
        return counts

    def tick(self) -> Snapshot:
        """Move the cursor on where it plays, work towards it, and give the state reached."""
        started = time.perf_counter()
        self._run_cursor(started)
        spent_s = longest_s = 0.0
        while self._due() and self._drawn() and (spent_s == 0.0 or spent_s + longest_s < WORK_S):
            self._work_on()
            before_s, spent_s = spent_s, time.perf_counter() - started
            longest_s = max(longest_s, spent_s - before_s)
        health = JournalHealth(
            str(self._reader.path), self._state.tick, hole=self._hole_here(), other_version=self.other_version
        )
        spent_ms = 1e3 * (time.perf_counter() - started)
        shown = replace(self._state, epoch=self._state.epoch + EPOCHS_A_JUMP * self._jumps)
        return Snapshot(shown, Mode.REPLAY, (), health, spent_ms, self._speed, self._playing, self._span_ns)

    def close(self) -> None:
        """Let the journal go."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._reader.close()

    def _run_cursor(self, now_s: float) -> None:
        """Move the cursor by the time gone by; after a jump it waits until the state has come up to it.

        Else a seek that takes a second would have played a second before it was there, and hurry after it.
        Later on the state may be behind by a second of play, which a busy machine makes good.
        """
        behind = self._due()
        self._arrived |= not behind
        most_ns = round(LONGEST_S * self._speed * 1e9) if self._arrived else 0
        held = behind and self._target_ns - self._state.t_ns > most_ns
        if self._playing and self._wall_s is not None and not held:
            gone_s = min(now_s - self._wall_s, LONGEST_S)
            self._target_ns += round(gone_s * self._speed * 1e9)
            if self._target_ns >= self._span_ns[1]:
                self._refresh_span()
            if self._target_ns >= self._span_ns[1]:
                self._target_ns, self._playing = self._span_ns[1], False
        self._wall_s = now_s

    def _refresh_span(self) -> None:
        self._span_ns = self._reader.span_ns()

    def _next(self) -> TickRow | None:
        """Give the row that comes after the state, after a hole a keyframe; None where the record ends."""
        if self._told is not None:
            return self._told.row
        if not self._ahead and self._after is None:
            self._read_on()
        return self._ahead[0] if self._ahead else self._after

    def _read_on(self) -> None:
        """Read the ticks that follow the state; where the next one is missing, the keyframe after it."""
        seq = self._state.tick + 1
        self._ahead.extend(self._following())
        if self._ahead:
            return
        after = None if self.other_version else self._reader.keyframe_after(seq)
        later = self._reader.tick_from(seq, 1)
        self._ahead.extend(self._following())  # written meanwhile, if after is: it is no hole then
        if not self._ahead and (after is not None or later is not None):
            t_ns, why = self._reader.why_lost(seq) or (self._state.t_ns + 1, "")
            self._after, self._hole = after, Hole(t_ns, 0 if after is None else after.t_ns, why)

    def _following(self) -> list[TickRow]:
        """Give ticks that follow the state, up to the first that is missing."""
        seq = self._state.tick + 1
        rows = self._reader.ticks(seq - 1, _READ_AHEAD)
        return [row for number, row in enumerate(rows, seq) if row.seq == number]

    def _hole_here(self) -> Hole | None:
        """Give the hole that the cursor is in."""
        hole = self._hole
        return hole if hole is not None and self._target_ns >= hole.from_ns and self.settled else None

    def _due(self) -> bool:
        row = self._next()
        if row is None or (self._last_tick is not None and row.seq > self._last_tick):
            return False
        return row.t_ns <= self._target_ns

    def _work_on(self) -> None:
        """Decode the next row, or step with what it told: of a busy tick each takes as long as a frame."""
        if self._told is None and not self._ahead and self._after is not None:
            self._state, self._decoder = self._from(self._after)
            return
        if self._told is None:
            self._told = told_by(self._ahead.popleft(), self._decoder)
            layouts = [one.layout for one in self._told.decisions if isinstance(one, PublishLayout)]
            if layouts:
                self._drawing = self._pool.submit(_draw, self._read_layout, layouts)
            return
        if self._drawing is not None:
            wait((self._drawing,))
            self._drawing = None
        told, self._told = self._told, None
        before = self._state.yard
        self._state = step(self._state, told.clock_ns, told.batch, told.decisions, self._read_layout)
        if self._state.yard is not before:
            self._state = self._shared(self._state)
        if self._again is not None:
            self._again.note(self._state, self._decoder)

    def _drawn(self) -> bool:
        """Tell whether the maps are drawn that the next step looks at: on a thread, as of a live yard."""
        return self._drawing is None or not wait((self._drawing,), YIELD_S).not_done

    def _shared(self, state: State) -> State:
        """Give a state with a known yard and its slots in the stead of its own, where they are equal."""
        for yard, slots in self._known:
            if yard is state.yard:
                return state
            if yard.revision == state.yard.revision and yard == state.yard:
                return replace(state, yard=yard, slots=slots)
        self._known.append((state.yard, state.slots))
        return state

    def _from_keyframe(self, t_ns: int) -> tuple[State, Decoder]:
        """Give the state of the last keyframe before an instant; of another version, the last one reached."""
        self._arrived = False
        if self._again is None:
            try:
                return self._from(self._reader.keyframe_before(t_ns))
            except VersionError as error:
                self._again = self._rerun(error)
        return self._jumped(*self._again.before(t_ns))

    def _rerun(self, other: VersionError) -> Rerun:
        """Begin anew from the first state, though its tables are another version's."""
        try:
            return Rerun(self._reader.keyframe_before(0), self._new_decoder)
        except codec.CodecError:
            raise other from None

    def _from(self, keyframe: TickRow) -> tuple[State, Decoder]:
        """Give the state of a keyframe."""
        return self._jumped(*state_of(keyframe, self._new_decoder))

    def _jumped(self, state: State, decoder: Decoder) -> tuple[State, Decoder]:
        """Give a state to go on from; each jump is an epoch, so that viewers drop stale marks."""
        self._ahead.clear()
        self._told = self._after = self._hole = None
        self._jumps += 1
        shared = self._shared(state)
        if shared is state:
            self._drawing = self._pool.submit(areas.prepare, state.yard)
        return shared, decoder


def _draw(read_layout: ReadLayout, layouts: Sequence[bytes]) -> None:
    """Read layouts and draw their maps; one that cannot be read is refused by the tick that takes it."""
    for layout in layouts:
        with suppress(TwinError):
            areas.prepare(read_layout(layout))
