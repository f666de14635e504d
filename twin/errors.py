"""The root of every error that this package raises on purpose."""


class TwinError(Exception):
    """A promise of the twin was broken; the message says what, which, expected and found."""


class YardError(TwinError):
    """A yard, block, lane or zone that cannot exist."""


class StockError(TwinError):
    """A lift, a set or a container that cannot exist: nothing floats, nothing doubles."""
