"""Compiled loops loaded before a clock starts: that takes seconds on a machine's first run."""

import threading

from ui.cli.loading import loaded

_loading: threading.Thread | None = None


def load() -> None:
    """Load all that a tick runs compiled; say so on stderr where it takes long."""
    loaded(_load)


def prepare() -> None:
    """Make ready what the window asks for later all at once: machines' meshes, the catalogues."""
    from ui import i18n
    from ui.scene import machines

    machines.prepare()
    i18n.prepare()


def begin() -> None:
    """Load it on a thread of its own, while layouts are read and the scene opens."""
    global _loading
    _loading = threading.Thread(target=_prepare, name="compiled loops", daemon=True)
    _loading.start()


def _prepare() -> None:
    prepare()
    load()


def done() -> bool:
    """Tell whether ticks may begin: nothing is being loaded."""
    return _loading is None or not _loading.is_alive()


def _load() -> None:
    from twin.compiled import COMPILED
    from twin.fleet import tracking

    if not COMPILED:
        return
    tracking.warm()
    from twin import interleaving

    interleaving.warm()
    from twin.safety import advancing

    advancing.warm()
    from twin.yard import lane_loops

    lane_loops.warm()
    from sensors import decoder

    decoder.warm()
