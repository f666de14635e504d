"""The command ``yard-twin stack-trace``."""

import argparse

from ui.options import UsageError

SUMMARY = "replay a recorded block under our own decisions"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what the command takes."""


def run(options: argparse.Namespace) -> int:
    """Run the command; give its exit code."""
    raise UsageError("stack-trace: not there yet")
