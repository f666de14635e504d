"""Undo and redo: a cursor over revisions."""

from typing import Generic, Protocol, TypeVar

YardLike = TypeVar("YardLike")


class Edit(Protocol[YardLike]):
    """A change as a value."""

    @property
    def title(self) -> str:
        """What it does, in a few words."""
        ...

    def apply(self, yard: YardLike, /) -> YardLike:
        """Give the next revision."""
        ...


class History(Generic[YardLike]):
    """Revisions and where one stands among them; older revisions share what was not changed.

    Parameters
    ----------
    first : YardLike
        Where it begins; counts as saved.
    most : int
        How many steps can be undone; older ones are forgotten.
    """

    def __init__(self, first: YardLike, most: int = 1_000) -> None:
        self._revisions: list[YardLike] = [first]
        self._titles: list[str] = [""]
        self._cursor = 0
        self._saved = 0
        self._most = most

    @property
    def current(self) -> YardLike:
        """The revision under the cursor."""
        return self._revisions[self._cursor]

    @property
    def can_undo(self) -> bool:
        """Whether there is an older revision."""
        return self._cursor > 0

    @property
    def can_redo(self) -> bool:
        """Whether something was undone since the last edit."""
        return self._cursor + 1 < len(self._revisions)

    @property
    def undo_title(self) -> str:
        """What :meth:`undo` would take back, empty where there is nothing."""
        return self._titles[self._cursor]

    @property
    def redo_title(self) -> str:
        """What :meth:`redo` would do again, empty where there is nothing."""
        return self._titles[self._cursor + 1] if self.can_redo else ""

    @property
    def dirty(self) -> bool:
        """Whether the revision under the cursor differs from the one last saved."""
        return self._saved < 0 or self._revisions[self._saved] != self.current

    def do(self, edit: Edit[YardLike]) -> YardLike:
        """Make an edit, forget what was undone, and give the new revision.

        An edit that raises leaves everything as it was.
        """
        after = edit.apply(self.current)
        if self._saved > self._cursor:
            self._saved = -1
        del self._revisions[self._cursor + 1 :], self._titles[self._cursor + 1 :]
        self._revisions.append(after)
        self._titles.append(edit.title)
        surplus = max(0, len(self._revisions) - self._most - 1)
        if surplus:
            del self._revisions[:surplus], self._titles[:surplus]
            self._titles[0] = ""
            self._saved = max(-1, self._saved - surplus)
        self._cursor = len(self._revisions) - 1
        return after

    def undo(self) -> YardLike:
        """Step back and give that revision; the oldest one stays."""
        self._cursor = max(0, self._cursor - 1)
        return self.current

    def redo(self) -> YardLike:
        """Step forward and give that revision; the newest one stays."""
        self._cursor = min(len(self._revisions) - 1, self._cursor + 1)
        return self.current

    def mark_saved(self) -> None:
        """Take the revision under the cursor as the one that is on disk."""
        self._saved = self._cursor
