"""A simulated shift as a source: here in this process, or in one of its own beside the window."""

import contextlib
import multiprocessing
import queue
import signal
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import msgspec

from sensors.errors import SourceError
from sensors.simulation.receiver import ReceiverOptions
from sensors.simulation.switches import Switches
from sensors.sources.base import Tally
from twin.clock import NS_PER_S
from twin.inputs import RawChunk
from twin.snapshot import SourceHealth
from twin.stacking.suggestion import WorkOrder
from twin.stock.table import Stock
from twin.yard.model import Yard
from twin.yard.slots import Slots

if TYPE_CHECKING:
    from twin.operations.shift import Shift
    from twin.operations.truth import Truth

STEP_NS = NS_PER_S // 10
BURST_STEPS = 10
"""Most steps made in one go when catching up: no more than are taken in one go."""

SLACK_S = 2.0
"""A simulation that has fallen further behind (in wall time) does not catch up: it goes on from there."""

MOST_NS = NS_PER_S
"""So much of the yard's time is taken in one go at most."""
PARCELS = 64
"""Most that waits between the process and a poll."""

_ENCODER = msgspec.msgpack.Encoder()


class _Parcel(msgspec.Struct, array_like=True):
    """What the child sends: the instant reached and the chunks received by it, or why it ended."""

    t_ns: int
    chunks: list[tuple[str, int, bytes]]
    problem: str = ""


_PARCELS = msgspec.msgpack.Decoder(_Parcel)


class _Plan(msgspec.Struct, frozen=True):
    """All that a simulation is made from; crosses the process boundary once."""

    yard: Yard
    slots: Slots
    stock: Stock
    seed: int
    t_ns: int
    speed: float
    blind: bool
    receivers: ReceiverOptions
    switches: Switches | None
    options: dict[str, Any]


class _Word(msgspec.Struct, array_like=True):
    """What the parent sends: an order to be carried out, or switches to be set."""

    order: WorkOrder | None = None
    switches: Switches | None = None


_WORDS = msgspec.msgpack.Decoder(_Word)


class SimulatedSource:
    """A shift seen through its devices.

    Parameters
    ----------
    yard, slots, stock : Yard, Slots, Stock
        How the shift begins.
    seed, t_ns : int
        Equal seeds give equal shifts; the instant at which it begins [ns UTC].
    inline : bool
        True: it is stepped here, by :meth:`advance_to`, and equal calls give equal bytes. False: it
        runs in a process of its own, in real time times ``speed``.
    speed : float
        Simulated seconds a second; not used where inline.
    blind : bool
        Whether radio-blind zones are blind.
    receivers : ReceiverOptions
        How good the receivers are.
    switches : Switches
        What is made worse from the start; see :meth:`switch`. It says whether zones are blind.
    options : mapping
        Further arguments of ``Shift.start``.

    Notes
    -----
    The process starts with the source, ends with it, and dies with its parent. It sends bytes and
    takes orders and switches through pipes; nothing else crosses.
    """

    name = "simulation"

    def __init__(
        self,
        yard: Yard,
        slots: Slots,
        stock: Stock,
        *,
        seed: int,
        t_ns: int,
        inline: bool,
        speed: float = 1.0,
        blind: bool = True,
        receivers: ReceiverOptions | None = None,
        switches: Switches | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        if not 0 < speed < 1000:
            raise SourceError(f"simulation speed: expected a number above 0 and below 1000, found {speed}")
        plan = _Plan(
            yard, slots, stock, seed, t_ns, speed, blind, receivers or ReceiverOptions(), switches,
            dict(options or {}),
        )  # fmt: skip
        self.switches = switches or Switches(blind=blind)
        self.now_ns = t_ns
        self._speed = speed
        self._tally = Tally()
        self._closed = False
        self._stage = _Stage(plan) if inline else None
        self._child = None if inline else _Child(plan)

    @property
    def finished(self) -> bool:
        """Whether it was closed, or its process has ended and all it sent was polled."""
        return self._closed or (self._child is not None and self._child.over)

    @property
    def shift(self) -> "Shift":
        """The shift itself; only where inline."""
        return self._inline().shift

    @property
    def truth(self) -> "Truth":
        """The true state of the last step; only where inline."""
        return self._inline().truth

    def advance_to(self, t_ns: int) -> None:
        """Step the shift up to ``t_ns``; only where inline. The bytes come with the next poll."""
        self._inline().advance_to(t_ns)

    def poll(self) -> tuple[RawChunk, ...]:
        """Give what has been received since the last call."""
        if self._closed:
            return ()
        if self._stage is not None:
            self.now_ns, chunks = self._stage.t_ns, self._stage.take()
        else:
            assert self._child is not None
            self.now_ns, chunks = self._child.take(self.now_ns)
        if chunks:
            self._tally.add(self.now_ns, sum(chunk.data.count(b"\n") for chunk in chunks))
        return chunks

    def send(self, order: WorkOrder) -> None:
        """Give a work order to the shift; it answers with reports, like a real machine."""
        if self._stage is not None:
            self._stage.shift.order(order)
        elif self._child is not None and not self._closed:
            self._child.send(_Word(order))

    def switch(self, switches: Switches) -> None:
        """Make receivers, radio and network worse or better, or set an attack on a machine, while it runs."""
        self.switches = switches
        if self._stage is not None:
            self._stage.switch(switches)
        elif self._child is not None and not self._closed:
            self._child.send(_Word(switches=switches))

    def health(self, now_ns: int) -> SourceHealth:
        """Tell whether the simulation runs; ages are in simulated time."""
        problem = self._child.problem if self._child is not None else ""
        if self._closed:
            problem = "closed"
        rate = self._tally.lines_per_s(now_ns)
        return SourceHealth(self.name, not problem, self._tally.age_s(now_ns), rate, 0, problem)

    def close(self) -> None:
        """End the process."""
        self._closed = True
        if self._child is not None:
            self._child.close()

    def _inline(self) -> "_Stage":
        if self._stage is None:
            raise SourceError("simulation: expected an inline one, found one in a process of its own")
        return self._stage


class _Stage:
    """A shift and its devices, stepped from outside."""

    def __init__(self, plan: _Plan) -> None:
        # Here, because the process that only polls need not load it.
        from sensors.simulation.emitter import Emitter
        from twin.frames import YardFrame
        from twin.operations.shift import Shift

        self.shift: Shift = Shift.start(
            plan.yard, plan.slots, plan.stock, plan.seed, plan.t_ns, **plan.options
        )
        frame = YardFrame.of(plan.yard.georeference)
        self.emitter = Emitter(frame, plan.yard, plan.seed, plan.receivers, blind=plan.blind)
        self.t_ns = self._begun_ns = plan.t_ns
        self._later: tuple[int, Switches] | None = None
        if plan.switches is not None:
            self.switch(plan.switches)
        self._chunks: list[RawChunk] = []
        self.truth: Truth = self.shift.truth()

    def switch(self, switches: Switches) -> None:
        """Set switches at once, but for attacks: these wait until their time after the start."""
        from twin.operations.mishaps import Mishaps

        begins_ns = self._begun_ns + round(switches.after_s * NS_PER_S)
        self._later = (begins_ns, switches) if switches.attacks and self.t_ns < begins_ns else None
        now = switches.harmless() if self._later else switches
        self.emitter.switch(now)
        self.shift.mishap(Mishaps(**{one: getattr(now, one) for one in Mishaps.__slots__}))

    def step(self) -> None:
        """Move on by one step."""
        if self._later is not None and self.t_ns >= self._later[0]:
            self.switch(self._later[1])
        self.truth = self.shift.advance(STEP_NS / NS_PER_S)
        self.t_ns += STEP_NS
        self._chunks += self.emitter.emit(self.truth)

    def advance_to(self, t_ns: int) -> None:
        """Make all whole steps up to ``t_ns``."""
        while self.t_ns + STEP_NS <= t_ns:
            self.step()

    def hear(self, word: _Word) -> None:
        """Take an order or switches."""
        if word.order is not None:
            self.shift.order(word.order)
        if word.switches is not None:
            self.switch(word.switches)

    def take(self) -> tuple[RawChunk, ...]:
        """Take what was received."""
        out, self._chunks = tuple(self._chunks), []
        return out


class _Child:
    """The process seen from here: a thread reads its pipe, so that a poll never waits for it."""

    def __init__(self, plan: _Plan) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, self._theirs = context.Pipe()
        self._process = context.Process(
            target=_run, args=(self._theirs, plan), name="simulation", daemon=True
        )
        # A full queue holds the reader, which holds the child: nothing piles up unseen.
        self._parcels: queue.Queue[_Parcel] = queue.Queue(maxsize=PARCELS)
        self._left: _Parcel | None = None
        self._words: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._started = threading.Event()
        self._ended = threading.Event()
        self._closing = threading.Event()
        self.problem = ""
        for work in (self._read, self._write):
            threading.Thread(target=work, name="simulation pipe", daemon=True).start()

    @property
    def over(self) -> bool:
        """Whether it has ended and nothing is left to take."""
        return self._ended.is_set() and self._left is None and self._parcels.empty()

    def take(self, now_ns: int) -> tuple[int, tuple[RawChunk, ...]]:
        """Give the instant reached and the chunks received by it; ``now_ns`` where there is nothing new.

        What goes on for longer than ``MOST_NS`` is left for the next time: a tick must not take too long.
        """
        out: list[RawChunk] = []
        before_ns, most_ns = now_ns, now_ns + MOST_NS
        with contextlib.suppress(queue.Empty):
            while now_ns < most_ns:
                parcel, self._left = self._left or self._parcels.get_nowait(), None
                if now_ns > before_ns and parcel.t_ns > most_ns:
                    self._left = parcel
                    break
                now_ns = max(now_ns, parcel.t_ns)
                out += [RawChunk(*chunk) for chunk in parcel.chunks]
        return now_ns, tuple(out)

    def send(self, word: _Word) -> None:
        """Hand a word to the thread that writes the pipe."""
        self._words.put(_ENCODER.encode(word))

    def close(self) -> None:
        """End the process and the threads."""
        self._closing.set()
        self._words.put(None)
        if not self._started.wait(timeout=10.0) or self._process.pid is None:
            return
        self._process.terminate()
        self._process.join(timeout=2.0)
        if self._process.is_alive():
            self._process.kill()
            self._process.join(timeout=2.0)
        with contextlib.suppress(OSError):
            self._pipe.close()

    def _read(self) -> None:
        problem = ""
        try:
            # Here, because it takes until the child has read the plan: a second, on a slow machine.
            self._process.start()
            self._theirs.close()
            self._started.set()
            while not self._closing.is_set():
                parcel = _PARCELS.decode(self._pipe.recv_bytes())
                if parcel.problem:
                    problem = parcel.problem
                    break
                self._put(parcel)
        except (EOFError, OSError, msgspec.MsgspecError):
            pass
        if not self._started.is_set():
            self.problem = "simulation ended: its process could not be started"
            self._started.set()
        elif not self._closing.is_set():
            self._process.join(timeout=1.0)
            self.problem = f"simulation ended: {problem or f'exit code {self._process.exitcode}'}"
        self._ended.set()

    def _put(self, parcel: _Parcel) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(queue.Full):
                self._parcels.put(parcel, timeout=0.2)
                return

    def _write(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (word := self._words.get()) is not None:
                self._pipe.send_bytes(word)


def _run(pipe: Connection, plan: _Plan) -> None:
    """Be the child: step, send, take orders, until the other end of the pipe is gone."""
    # Ctrl+C is for the window; it then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _pace(pipe, _Stage(plan), plan)
    except (BrokenPipeError, EOFError, ConnectionResetError):
        return
    except Exception as error:  # the parent shows it: there is nobody here to handle it
        with contextlib.suppress(OSError):
            pipe.send_bytes(_ENCODER.encode(_Parcel(0, [], f"{type(error).__name__}: {error}")))


def _pace(pipe: Connection, stage: _Stage, plan: _Plan) -> None:
    """Step in real time times the plan's speed, catching up in bounded bursts."""
    # Two steps ahead, as bytes are received a step after they were measured.
    began_s, began_ns = time.monotonic() - 2 * STEP_NS / NS_PER_S / plan.speed, stage.t_ns
    while True:
        passed_s = time.monotonic() - began_s
        due_ns = began_ns + round(passed_s * plan.speed * NS_PER_S)
        if due_ns - stage.t_ns > (SLACK_S * plan.speed + 1) * NS_PER_S:
            began_s, began_ns = time.monotonic(), stage.t_ns
            continue
        before_ns = stage.t_ns
        stage.advance_to(min(due_ns, before_ns + BURST_STEPS * STEP_NS))
        chunks = [(chunk.source, chunk.t_rx_ns, chunk.data) for chunk in stage.take()]
        if stage.t_ns > before_ns:
            # Also without a chunk: time goes on where nothing is sent.
            pipe.send_bytes(_ENCODER.encode(_Parcel(stage.t_ns, chunks)))
        wait_s = (stage.t_ns + STEP_NS - due_ns) / NS_PER_S / plan.speed
        while pipe.poll(max(0.0, wait_s)):
            stage.hear(_WORDS.decode(pipe.recv_bytes()))
            wait_s = 0.0
