"""Commands that need neither Qt nor VTK, one module each: ``SUMMARY``, ``add_arguments`` and ``run``.

A module here imports at its top only what ``--help`` needs; the rest inside ``run``.
"""
