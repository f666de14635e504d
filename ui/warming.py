"""Compiled loops loaded before a clock starts: that takes a minute on a machine's first run."""

import threading

from ui.cli.loading import loaded

_loading: threading.Thread | None = None


def load() -> None:
    """Load all that a tick runs compiled, part after part; say on stderr which, where it takes long."""
    from twin.compiled import COMPILED

    if not COMPILED:
        return
    from sensors import decoder
    from twin import interleaving
    from twin.fleet import tracking
    from twin.safety import advancing
    from twin.yard import lane_loops

    parts = (
        ("the filter of tracks", tracking.warm), ("what orders late words", interleaving.warm),
        ("what looks ahead", advancing.warm), ("what knows lanes", lane_loops.warm),
        ("what reads sentences", decoder.warm),
    )  # fmt: skip
    for number, (what, warm) in enumerate(parts, 1):
        loaded(warm, f"{what} ({number} of {len(parts)})")


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
