"""Where each box goes, which box moves first, and why."""
