"""What the window is bound to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QSettings

from layouts.report import LoadReport
from twin.yard.model import Yard
from ui.feed import Feed, OpenReplay
from ui.panels.faults import Faulty


@dataclass(frozen=True, slots=True)
class Bindings:
    """What the window is bound to.

    ``feed`` is None where only a recording is looked at, ``simulation`` where the yard is a real one.
    """

    feed: Feed | None
    open_replay: OpenReplay
    save_layout: Callable[[Yard, Path], None]
    load_layout: Callable[[Path], LoadReport]
    settings: QSettings | None = None
    simulation: Faulty | None = None
