"""Machines and sources in whose names far more lines come than are expected."""

import numpy as np

from twin.flooding import TOO_MANY_PER_S
from twin.safety.rules.scene import Found, Scene, about_machines, about_sources, nothing

STILL = 0.5
"""A flood is over below this share of what makes one."""


def of_machine(scene: Scene) -> Found:
    """Find machines in whose names far more lines come than a machine sends."""
    senders = [one for one in scene.flooding.senders if one.row >= 0 and one.lines_per_s]
    if not senders:
        return nothing()
    rate = np.array([one.lines_per_s for one in senders])
    much = rate > STILL * TOO_MANY_PER_S
    rows = np.array([one.row for one in senders])[much]
    return about_machines(scene, rows, rate[much], rate[much] > TOO_MANY_PER_S)


def of_source(scene: Scene) -> Found:
    """Find sources from which far more lines come that are of no machine than are expected."""
    if not scene.flooding.senders:
        return nothing()
    rates = [(source, rate) for source, (rate, _) in scene.flooding.by_source().items()]
    named = {source: place for place, source in enumerate(scene.flooding.sources)}
    much = [(named[source], rate) for source, rate in rates if source in named]
    much = [(place, rate) for place, rate in much if rate > STILL * TOO_MANY_PER_S]
    if not much:
        return nothing()
    rate = np.array([rate for _, rate in much])
    return about_sources([place for place, _ in much], rate, rate > TOO_MANY_PER_S)
