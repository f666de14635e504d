"""The yard in 3D: one module a drawable."""
