"""The command ``yard-twin experiment``."""

import argparse

from ui.options import UsageError

SUMMARY = "compare policies on simulated shifts"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add what the command takes."""


def run(options: argparse.Namespace) -> int:
    """Run the command; give its exit code."""
    raise UsageError("experiment: not there yet")
