"""What stands around the scene: one panel a module."""
