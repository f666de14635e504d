"""Pre-marshalling: a bay sorted so that no box stands on one that leaves before it."""
