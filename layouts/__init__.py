"""Yard files: formats, migrations, and the yards that ship."""
