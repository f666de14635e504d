"""Shifts under different policies, compared on the same demand: planners, runs, executors, statistics."""
