"""Errors of the sensors room."""

from twin.errors import TwinError


class SensorError(TwinError):
    """A promise of the sensors room was broken."""


class SourceError(SensorError):
    """A source that cannot be opened; the message says which and why."""
