"""Key figures computed from states."""
