"""What can be wrong with a journal."""

from twin.errors import TwinError


class JournalError(TwinError):
    """A journal that cannot be written, or a file that is no sound journal."""
