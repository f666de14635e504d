"""Whether a window can open: a display that is named may be gone, as after a remote session has ended."""

import os
import re
import socket
import sys
from pathlib import Path

WAIT_S = 2.0
"""A display on another machine answers within this [s]."""
_X_PORT = 6000
_X_NAME = re.compile(r"^(?:unix|unix/)?(?P<host>[^:/]*):(?P<number>\d{1,5})(?:\.\d+)?$")


def has_display() -> bool:
    """Tell whether a window can open: on Linux an X or Wayland display must be named, and answer."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("QT_QPA_PLATFORM")) or display_answers()


def display_answers() -> bool:
    """Tell whether a display that the environment names takes connections."""
    wayland, x11 = os.environ.get("WAYLAND_DISPLAY", ""), os.environ.get("DISPLAY", "")
    return bool(wayland and _wayland_answers(wayland)) or bool(x11 and _x_answers(x11))


def named() -> str:
    """Give the display that the environment names; empty where it names none."""
    return os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or ""


def lacking() -> str:
    """Say what was found where a display was expected."""
    return f"nothing that answers at {named()!r}" if named() else "none"


def _wayland_answers(name: str) -> bool:
    return _takes(str(Path(os.environ.get("XDG_RUNTIME_DIR", "/run"), name)))


def _x_answers(name: str) -> bool:
    found = _X_NAME.match(name)
    if found is None:
        return True  # of another kind: Qt knows better
    number, host = int(found["number"]), found["host"]
    if not host:
        place = f"/tmp/.X11-unix/X{number}"
        return _takes(f"\0{place}") or _takes(place)
    try:
        with socket.create_connection((host, _X_PORT + number), WAIT_S):
            return True
    except (OSError, OverflowError):
        return False


def _takes(place: str) -> bool:
    """Tell whether a local socket takes a connection."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as ours:
            ours.settimeout(WAIT_S)
            ours.connect(place)
            return True
    except OSError:
        return False
