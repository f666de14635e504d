"""Layouts on their way into a tick: read once, and their maps drawn, before the tick asks for them."""

from functools import lru_cache

from layouts import native
from twin.safety.rules import areas
from twin.yard.model import Yard


@lru_cache(maxsize=2)
def read_layout(data: bytes) -> Yard:
    """Make a yard of a published layout's bytes; LayoutError where they hold none."""
    return native.decode(data, "published layout").yard


def made_ready(data: bytes) -> bytes:
    """Give a layout's bytes once they are read and the maps are drawn that the tick will look at.

    Raises
    ------
    LayoutError
        Where they hold no layout.
    """
    areas.prepare(read_layout(data))
    return data
