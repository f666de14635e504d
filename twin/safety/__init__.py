"""Overlap now, contact ahead, and the alarms that follow."""
