"""Compiled loops loaded before a clock starts: that takes a minute or two on a machine's first run."""

import contextlib
import multiprocessing
import signal
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from ui.cli.loading import loaded
from ui.i18n import mark

PARTS: tuple[tuple[str, str], ...] = (
    (mark("the filter of tracks"), "twin.fleet"), (mark("what orders late words"), "twin.interleaving"),
    (mark("what looks ahead"), "twin.safety"), (mark("what knows lanes"), "twin.yard"),
    (mark("what reads sentences"), "sensors"),
)  # fmt: skip
"""What is loaded, in that order, and the package or module in which its loops are."""


@dataclass(frozen=True, slots=True)
class Loading:
    """How far loading is.

    ``part`` counts the parts that are done, ``compiled`` the functions compiled by now: none where all
    comes from the cache. ``share`` is 0 to 1, by functions; ``since_s`` is how long it lasts by now [s].
    """

    part: int
    compiled: int
    share: float
    since_s: float


class _Left(BaseException):
    """Leaves the compiler from within, which takes an Exception for a mistake of types."""


class _Course:
    """What is known of a loading that goes on."""

    def __init__(self) -> None:
        self.part, self.functions = 0, [0] * len(PARTS)
        self.compiled: dict[tuple[str, str], None] = {}
        self.begun_s = time.monotonic()
        self.stopped = False
        self.beside: SpawnProcess | None = None

    def note(self, module: str, name: str) -> None:
        """Take it that a function is being compiled; leave where that is asked for."""
        if self.stopped:
            raise _Left
        self.compiled[module, name] = None

    def share(self) -> float:
        """Give how much is done, 0 to 1: parts that are through count with all of their functions."""
        if self.part >= len(PARTS) or not sum(self.functions):
            return float(self.part >= len(PARTS))
        from ui.compiling import within

        mine = sum(within(module, PARTS[self.part][1]) for module, _ in list(self.compiled))
        through = sum(self.functions[: self.part]) + min(mine, self.functions[self.part])
        return through / sum(self.functions)


_loading: threading.Thread | None = None
_course = _Course()


def load(*, quiet: bool = False) -> None:
    """Load all that a tick runs compiled, part after part.

    Parameters
    ----------
    quiet : bool
        Say nothing on stderr; else which part is loaded, where it takes long.
    """
    from twin.compiled import COMPILED

    if not COMPILED:
        return
    from sensors import decoder
    from twin import interleaving
    from twin.fleet import tracking
    from twin.safety import advancing
    from twin.yard import lane_loops
    from ui.compiling import functions_in

    warms = tracking.warm, interleaving.warm, advancing.warm, lane_loops.warm, decoder.warm
    _course.functions = [functions_in(package) for _, package in PARTS]
    for number, ((what, _), warm) in enumerate(zip(PARTS, warms, strict=True)):
        if _course.stopped:
            return
        _course.part = number
        if quiet:
            warm()
        else:
            loaded(warm, f"{what} ({number + 1} of {len(PARTS)})")
    _course.part = len(PARTS)


def prepare() -> None:
    """Make ready what the window asks for later all at once: machines' meshes, the catalogues."""
    from ui import i18n
    from ui.scene import machines

    machines.prepare()
    i18n.prepare()


def begin() -> None:
    """Load it on a thread of its own, while layouts are read and the scene opens."""
    global _loading, _course
    _course = _Course()
    _loading = threading.Thread(target=_prepare, name="compiled loops", daemon=True)
    _loading.start()


def _prepare() -> None:
    prepare()
    with contextlib.suppress(_Left):
        _load_beside()


def _load_beside() -> None:
    """Load; what has to be compiled is compiled in a process of its own first.

    The compiler holds the interpreter's lock: the window would wait for it at each turn. Its process is
    ended at once where the window is closed, and what it had compiled by then is kept.
    """
    from twin.compiled import COMPILED

    if not COMPILED:
        return
    from twin.fleet.angles import wrapped
    from ui.compiling import keeps, listening

    if keeps(wrapped):
        try:
            with listening(_leave):
                load(quiet=True)
            return
        except _Left:
            _compile_beside()
    with listening(_course.note):
        load()


def _leave(module: str, name: str) -> None:
    raise _Left


def _compile_beside() -> None:
    course, context = _course, multiprocessing.get_context("spawn")
    told, telling = context.Pipe(duplex=False)
    beside = context.Process(target=_compile, args=(telling,), name="compiler", daemon=True)
    beside.start()
    telling.close()
    course.beside = beside
    with told, contextlib.suppress(EOFError, OSError):
        while not course.stopped:
            course.part, module, name = told.recv()
            course.note(module, name)
    if course.stopped:
        beside.terminate()
    beside.join()


def _compile(telling: Connection) -> None:
    """Compile all, and tell of each function; runs in a process of its own."""
    from ui.compiling import listening

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the window's process takes it, and ends this one
    with listening(lambda module, name: telling.send((_course.part, module, name))):
        load()


def done() -> bool:
    """Tell whether ticks may begin: nothing is being loaded."""
    return _loading is None or not _loading.is_alive()


def so_far() -> Loading:
    """Give how far loading is."""
    course = _course
    since_s = time.monotonic() - course.begun_s
    return Loading(course.part, len(course.compiled), course.share(), since_s)


def stop() -> None:
    """Compile no further; what is compiled by now is kept."""
    _course.stopped = True
    if _course.beside is not None:
        _course.beside.terminate()
    if _loading is not None:
        _loading.join()
