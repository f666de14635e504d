"""How finely a frame is drawn: chosen by what draws it, a graphics card or the processor."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ui.scene.stage import renders_in_software

_SOFTWARE_PX = 2_100_000
_MOTION_MS = 45.0
_STEPS = (1.0, 0.8, 0.65, 0.5)
"""In motion the picture has one of these sizes: each other one would cost buffers of its own."""
_FAR_M, _BORDER_M = 250.0, 10.0
"""A wheel is three pixels from there [m]."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a renderer can be asked for."""

    software: bool

    def scale(self, width: int, height: int, ratio: float, moving: bool, full_ms: float) -> float:
        """Give how many pixels are drawn for one of the widget's, a side.

        Parameters
        ----------
        width, height : int
            Of the widget.
        ratio : float
            Device pixels for one of them.
        moving : bool
            The camera moves.
        full_ms : float
            What a frame at scale 1 cost lately [ms], 0 where it is not known.

        Returns
        -------
        float
            The device's own where a card draws; in software at most about 2 megapixels at rest,
            and as few as a quarter of the pixels in motion, so that a frame keeps to 45 ms.
        """
        if not self.software:
            return ratio
        rest = min(ratio, math.sqrt(_SOFTWARE_PX / max(width * height, 1)))
        if not moving or full_ms <= _MOTION_MS:
            return rest
        within = math.sqrt(_MOTION_MS / full_ms) / rest
        return rest * next((step for step in _STEPS if step <= within), _STEPS[-1])

    def fine(self, moving: bool, following: bool) -> bool:
        """Tell whether the still layer is drawn finely: in software only while the camera rests."""
        return not self.software or not (moving or following)

    def coarse(self, distance_m: float, before: bool) -> bool:
        """Tell whether machines are drawn with fewer faces: in software, where the eye is far off.

        ``before`` says whether they were: on the border they stay as they are.
        """
        return self.software and distance_m > _FAR_M + (-_BORDER_M if before else _BORDER_M)


def quality(capabilities: str) -> Quality:
    """Choose by what OpenGL reports of itself (``Stage.capabilities``)."""
    return Quality(renders_in_software(capabilities))
