"""How many valid sentences of each type there were, those included that are not read."""

from collections import Counter

import numpy as np

from sensors.lines import COMMA, STAR, Lines
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


def type_of(address: str) -> str:
    """Give the type in an address: what stands behind its talker."""
    if address.startswith(("P", "KSXT")) or len(address) < 5:
        return address
    return address[2:]
