"""How many valid sentences of each type there were, those not read included, and how many gave no place."""

from collections import Counter

import numpy as np

from sensors.lines import COMMA, STAR, Lines
from sensors.nmea import Sentences
from sensors.types import GGA, KSXT, RMC
from twin.tables import Bytes

_LONGEST = 24


def count_sentences(lines: Lines, codes: Bytes) -> Counter[str]:
    """Count the valid sentences of each type.

    Parameters
    ----------
    lines : Lines
    codes : (n,) int8
        Reason of each line; only 0 counts.

    Returns
    -------
    Counter
        By type without talker (``GGA``, ``GGAH``); a maker's own by its whole address (``PUBX``, ``KSXT``).
    """
    rows = np.flatnonzero(lines.sentence & (codes == 0))
    if not rows.size:
        return Counter()
    column = np.arange(_LONGEST)
    places = np.minimum(lines.body[rows, None] + 1 + column, len(lines.buffer) - 1)
    text = lines.buffer[places]
    ends = (text == COMMA) | (text == STAR)
    text[np.maximum.accumulate(ends, axis=1)] = 0
    names, counts = np.unique(text.view(f"S{_LONGEST}")[:, 0], return_counts=True)
    out: Counter[str] = Counter()
    for name, count in zip(names.tolist(), counts.tolist(), strict=True):
        out[type_of(name.decode("ascii"))] += count
    return out


def count_placeless(lines: Lines, sentences: Sentences) -> Counter[str]:
    """Count the valid sentences that should give a position and give none, by what they say of it.

    Returns
    -------
    Counter
        By reason, such as ``GGA of quality 0`` or ``RMC of status V``.
    """
    kind = sentences.kind
    placed = (kind == GGA) | (kind == RMC) | (kind == KSXT)
    out: Counter[str] = Counter()
    for row in np.flatnonzero(placed & np.isnan(sentences.lon_deg)).tolist():
        line = int(sentences.line[row])
        fields = lines.data[lines.body[line] : lines.end[line]].split(b",", 3)
        status = fields[2].decode("ascii", "replace") if len(fields) > 2 else ""
        quality = int(sentences.quality[row])
        if kind[row] != RMC:
            name = "GGA" if kind[row] == GGA else "KSXT"
            out[f"{name} of quality 0" if quality <= 0 else f"{name} without a position"] += 1
        else:
            out["RMC without a position" if status == "A" else f"RMC of status {status[:1] or 'none'}"] += 1
    return out


def type_of(address: str) -> str:
    """Give the type in an address: what stands behind its talker."""
    if address.startswith(("P", "KSXT")) or len(address) < 5:
        return address
    return address[2:]
