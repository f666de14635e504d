"""Colours of the scene: calm greys, saturated only for what is not normal.

Notes
-----
Alarm colours and shapes were searched for contrast and for a distance of at least 17.9 dE00 between
any two under normal vision and three simulated deficiencies; they keep their meaning everywhere.
"""

from __future__ import annotations

RGB = tuple[int, int, int]

HAZE: RGB = (204, 212, 217)
SKY_HIGH: RGB = (118, 154, 190)
LAND: RGB = (162, 168, 154)
WATER: RGB = (88, 118, 138)
QUAY_WALL: RGB = (112, 112, 108)
ASPHALT: RGB = (138, 137, 134)
ROAD: RGB = (120, 120, 119)
STACKING: RGB = (148, 147, 143)
CONCRETE: RGB = (146, 145, 140)
MARKING: RGB = (212, 212, 206)
MARKING_YELLOW: RGB = (196, 176, 96)

PLATE: RGB = (34, 38, 43)
PLATE_TEXT: RGB = (230, 230, 230)
SELECTION: RGB = (128, 223, 255)
SUGGESTION: RGB = (128, 223, 255)
OUTLINE: RGB = (26, 26, 26)

PRIORITY: dict[int, RGB] = {1: (217, 65, 65), 2: (242, 153, 0), 3: (255, 246, 166)}
REFUSED: RGB = PRIORITY[2]
"""A box over a slot that a rule refuses; hatched as well."""
SEVERITY: dict[int, RGB] = {0: PRIORITY[3], 1: PRIORITY[2], 2: PRIORITY[1]}
"""A standing box that breaks a rule, by how grave that is: outlined and crossed as well."""
SUPPRESSED: RGB = (179, 102, 204)

LINE_COLOURS: tuple[RGB, ...] = (
    (146, 64, 60),
    (58, 112, 84),
    (126, 132, 136),
    (66, 136, 142),
    (52, 82, 118),
    (204, 206, 206),
    (188, 132, 68),
    (118, 84, 66),
    (96, 78, 128),
)
"""Muted house colours of ``twin.stock.table.LINES``, in their order."""

NEUTRAL: RGB = (190, 192, 194)

# Okabe and Ito, "Color Universal Design" (2008), muted by mixing in a quarter of grey.
STATUS_COLOURS: tuple[tuple[str, RGB], ...] = (
    ("Normal", (186, 188, 190)),
    ("Empty", (226, 227, 228)),
    ("Reefer", (86, 150, 188)),
    ("Dangerous goods", (208, 156, 62)),
    ("Customs hold", (190, 102, 60)),
)

DEPARTURE_COLOURS: tuple[tuple[str, RGB], ...] = (
    ("Overdue", (190, 102, 60)),
    ("Within 6 h", (208, 156, 62)),
    ("Within 24 h", (214, 206, 140)),
    ("Within 3 days", (146, 176, 178)),
    ("Later", (172, 175, 178)),
    ("Not known", (214, 215, 216)),
)

WEIGHT_COLOURS: tuple[tuple[str, RGB], ...] = (
    ("Under 5 t", (222, 226, 228)),
    ("5 to 12 t", (178, 196, 206)),
    ("12 to 20 t", (128, 158, 178)),
    ("20 to 26 t", (84, 118, 146)),
    ("Over 26 t", (52, 78, 108)),
)

MACHINE: dict[str, RGB] = {
    "rtg": (186, 158, 86),
    "rmg": (178, 152, 92),
    "quay_crane": (72, 98, 134),
    "terminal_tractor": (206, 196, 168),
    "external_truck": (200, 204, 208),
    "reach_stacker": (190, 142, 84),
    "empty_handler": (190, 142, 84),
}
STEEL_DARK: RGB = (58, 60, 63)
STEEL: RGB = (128, 132, 136)
RUBBER: RGB = (34, 34, 35)
GLASS: RGB = (44, 56, 66)
HOUSE: RGB = (206, 208, 208)
SPREADER: RGB = (176, 120, 66)
