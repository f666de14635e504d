"""Containers, the stacks they stand in, and what may stand where."""
