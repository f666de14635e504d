"""Counts in English words, for the lines of a terminal."""


def some(count: int, one: str, several: str = "") -> str:
    """Give a count with its noun: ``1 line``, ``3 lines``; ``several`` where that is more than an s."""
    return f"{count} {one}" if count == 1 else f"{count} {several or f'{one}s'}"
