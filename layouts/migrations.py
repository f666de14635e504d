"""From older versions of the native format to the present one."""

from collections.abc import Callable
from typing import Any

from layouts.report import LayoutError

VERSION = 1
"""The version of the native format that is written."""

Document = dict[str, Any]

MIGRATIONS: dict[int, Callable[[Document], Document]] = {}
"""From a version to the function that gives the document of the next one. Version 1 is the first."""


def migrate(
    document: Document,
    version: int,
    where: str,
    migrations: dict[int, Callable[[Document], Document]] | None = None,
    newest: int = VERSION,
) -> Document:
    """Give the document in the newest version.

    Parameters
    ----------
    document : dict
        As it was read.
    version : int
        Its version.
    where : str
        The file, for messages.
    migrations, newest
        For another table than :data:`MIGRATIONS`.

    Raises
    ------
    LayoutError
        Where the version is newer than this program or older than any that was released.
    """
    table = MIGRATIONS if migrations is None else migrations
    if version > newest:
        raise LayoutError(
            f"{where}, version: expected at most {newest}, found {version}; "
            "the file was written by a newer yard-twin, open it with that one"
        )
    for step in range(version, newest):
        if step not in table:
            oldest = min([newest, *table])
            raise LayoutError(f"{where}, version: expected {oldest} to {newest}, found {version}")
        document = table[step](document)
    return document
