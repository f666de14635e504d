"""Decisions under uncertain departures: scenarios, expected relocations, recorded blocks, a yard's week."""
