"""What can be wrong with a journal."""

from dataclasses import dataclass

from twin.errors import TwinError


class JournalError(TwinError):
    """A journal that cannot be written, or a file that is no sound journal."""


class VersionError(JournalError):
    """A keyframe whose tables are those of another version of this program."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A row that no journal will hold: what is in it cannot be written, or it waited too long.

    Attributes
    ----------
    table : str
        ``tick``, ``keyframe`` or ``mark``.
    seq, t_ns : int
        Its tick, and the instant of that [ns UTC].
    """

    table: str
    seq: int
    t_ns: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a journal is not written as it should be.

    Attributes
    ----------
    why : str
        In the disk's own words, or in those of what cannot be written.
    waiting : int
        So many rows wait in memory until the disk takes them; 0 where it does.
    lost : Lost or None
        The first row of those written last that could not be; None where all could.
    """

    why: str
    waiting: int = 0
    lost: Lost | None = None
