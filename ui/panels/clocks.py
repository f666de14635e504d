"""Which clock the window shows: the yard's own, wherever the window is opened."""

import datetime
import logging
import os
import re

from twin.yard.model import Yard

SETTING = "YARD_TWIN_ZONE"
"""Environment variable with the offset of the yard's clock from UTC: ``+8``, ``-3``, ``+5:30``."""
_CHINA = datetime.timezone(datetime.timedelta(hours=8))
_CGCS2000 = range(4490, 4555)
_OFFSET = re.compile(r"([+-]?)(\d{1,2})(?::?([0-5]\d))?")
_MOST_H = 14

_log = logging.getLogger(__name__)


def zone_of(yard: Yard, asked: str | None = None) -> datetime.tzinfo | None:
    """Give the time zone of a yard's clock; None for that of this machine.

    Parameters
    ----------
    asked : str, optional
        An offset as of :data:`SETTING`, which is read where none is given; one that is none is passed over.

    Notes
    -----
    A yard whose georeference is of CGCS2000 lies in China, which has one time for all of it (UTC+8).
    """
    words = os.environ.get(SETTING, "") if asked is None else asked
    if words:
        zone = offset_of(words)
        if zone is not None:
            return zone
        _log.warning("%s: expected an offset such as +8 or +5:30, found %r", SETTING, words)
    return _CHINA if yard.georeference.epsg in _CGCS2000 else None


def offset_of(words: str) -> datetime.timezone | None:
    """Give the zone of an offset such as ``+8``; None where it is none."""
    found = _OFFSET.fullmatch(words.strip())
    if found is None or int(found[2]) > _MOST_H:
        return None
    away = datetime.timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return datetime.timezone(-away if found[1] == "-" else away)
