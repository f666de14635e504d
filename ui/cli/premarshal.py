"""The command ``yard-twin premarshal``."""

import argparse

from ui.options import UsageError

SUMMARY = "sort a bay so that nothing blocks"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what the command takes."""


def run(options: argparse.Namespace) -> int:
    """Run the command; give its exit code."""
    raise UsageError("premarshal: not there yet")
