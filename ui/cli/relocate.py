"""The command ``yard-twin relocate``."""

import argparse

from ui.options import UsageError

SUMMARY = "plan the relocations that empty a bay"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what the command takes."""


def run(options: argparse.Namespace) -> int:
    """Run the command; give its exit code."""
    raise UsageError("relocate: not there yet")
