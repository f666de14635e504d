"""Editing a layout: tools, properties, findings, effects."""
