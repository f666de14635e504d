"""A stock to start from, and boxes that will come: for the simulation, the demo and tests.

Shares and masses follow public planning figures; numbers are valid under ISO 6346 and the lines
are fictional. The same seed gives the same stock.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.errors import StockError
from twin.stock import iso6346, sizes
from twin.stock.bays import Stands, stands_of
from twin.stock.notices import NOT_KNOWN_NS, empty_stock
from twin.stock.table import LINES, BoxNotice, Customs, Flow, Place, Stock
from twin.tables import Bytes, Flags, Floats, Longs, Texts
from twin.yard.model import Yard
from twin.yard.slots import Slots

HOUR_NS = 3600 * NS_PER_S
# Kinds of boxes by length and use, with shares; tares from the common ISO types (freightutils.com).
_TYPES: dict[tuple[int, str], tuple[tuple[bytes, float], ...]] = {
    (20, "dry"): ((b"22G1", 0.86), (b"25G1", 0.03), (b"22U1", 0.04), (b"22T1", 0.04), (b"22P1", 0.03)),
    (40, "dry"): ((b"45G1", 0.66), (b"42G1", 0.29), (b"42U1", 0.03), (b"42P3", 0.02)),
    (45, "dry"): ((b"L5G1", 1.0),),
    (20, "reefer"): ((b"22R1", 1.0),),
    (40, "reefer"): ((b"45R1", 0.85), (b"42R1", 0.15)),
    (45, "reefer"): ((b"L5R1", 1.0),),
    (20, "empty"): ((b"22G1", 0.95), (b"25G1", 0.05)),
    (40, "empty"): ((b"45G1", 0.7), (b"42G1", 0.3)),
    (45, "empty"): ((b"L5G1", 1.0),),
}
_TARE_KG = {20: 2300.0, 40: 3900.0, 45: 4820.0}
_REEFER_TARE_KG = {20: 3080.0, 40: 4800.0, 45: 5300.0}
# Classes that may stand beside one another under IMDG 7.2.4, so a generated row breaks no rule.
_IMDG = ((b"3", 0.35), (b"8", 0.25), (b"9", 0.3), (b"6.1", 0.1))
_REEFERS, _DANGEROUS = 0.07, 0.081
"""Shares of live reefers and of dangerous goods (conflowgen 3.0.1), where there are slots for them."""
_FIRST_COMING = 700_000
"""Serial numbers of boxes in the yard are below this, of boxes still to come from here on."""
_ARRIVING = ((20, 0.40), (40, 0.60))
"""Shares by length of arriving boxes (conflowgen: 40 / 57 / 2.9 %; 45 ft has no place in most blocks)."""


def new_numbers(
    rng: np.random.Generator, n: int, *, lines: Bytes | None = None, first: int = 0, past: int = 1_000_000
) -> Texts:
    """Give ``n`` different container numbers with right check digits.

    Parameters
    ----------
    lines : (n,) int8, optional
        Index into LINES; gives the owner code its first letter.
    first, past : int
        Serial numbers are from ``first`` up to, not including, ``past``.

    Returns
    -------
    (n,) S11
        None with a remainder of 10, which ISO 6346 says should not be issued.
    """
    initials = np.frombuffer("".join(line[0] for line in LINES).encode(), np.uint8)
    owner = rng.integers(0, len(LINES), n) if lines is None else np.asarray(lines)
    numbers = np.empty(n, "S11")
    todo = np.arange(n)
    while len(todo):
        letters = np.full((len(todo), 10), ord("U"), np.uint8)
        letters[:, 0] = initials[owner[todo]]
        letters[:, 1:3] = rng.integers(ord("A"), ord("Z") + 1, (len(todo), 2))
        serial = rng.integers(first, past, len(todo))
        letters[:, 4:] = ord("0") + serial[:, None] // 10 ** np.arange(5, -1, -1) % 10
        stems = np.frombuffer(letters.tobytes(), "S10")
        digits = (ord("0") + iso6346.check_digits(stems)).astype(np.uint8)
        numbers[todo] = np.frombuffer(np.column_stack((letters, digits)).tobytes(), "S11")
        issued = np.ones(n, bool)
        issued[todo] = iso6346.remainders(stems) != 10
        once = np.zeros(n, bool)
        once[np.unique(numbers, return_index=True)[1]] = True
        todo = np.flatnonzero(~(issued & once))
    return numbers


def notices_for_arrivals(rng: np.random.Generator, n: int, t_ns: int) -> tuple[BoxNotice, ...]:
    """Tell of ``n`` boxes that trucks or a vessel will bring.

    Parameters
    ----------
    t_ns : int
        Departures are from a few hours after this [ns UTC].

    Notes
    -----
    Shares: standard, empty, reefer, dangerous 72.9 / 12 / 7 / 8.1 % (conflowgen 3.0.1).
    """
    length_ft = _drawn(rng, tuple(_ARRIVING), n).astype(np.int8)
    kind = rng.choice(4, n, p=(0.88 - _REEFERS - _DANGEROUS, 0.12, _REEFERS, _DANGEROUS))
    empty, reefer, dangerous = kind == 1, kind == 2, kind == 3
    line = rng.integers(0, len(LINES), n).astype(np.int8)
    flow = rng.choice((Flow.IMPORT, Flow.EXPORT), n, p=(0.5, 0.5)).astype(np.int8)
    columns = {
        "number": new_numbers(rng, n, lines=line, first=_FIRST_COMING),
        "type_code": _type_codes(rng, length_ft, empty, reefer),
        "gross_kg": _gross_kg(rng, length_ft, empty, reefer),
        "imdg": np.where(dangerous, _drawn(rng, _IMDG, n), b""),
        "setpoint_c": _setpoints_c(rng, reefer),
        "customs": _customs(rng, flow, empty),
        "departs_ns": _departures_ns(rng, t_ns, flow, line, empty),
    }
    return tuple(
        BoxNotice(
            number=columns["number"][i].decode(),
            type_code=columns["type_code"][i].decode(),
            gross_kg=float(columns["gross_kg"][i]),
            empty=bool(empty[i]),
            line=int(line[i]),
            flow=int(flow[i]),
            customs=int(columns["customs"][i]),
            setpoint_c=float(columns["setpoint_c"][i]) if reefer[i] else None,
            imdg=columns["imdg"][i].decode(),
            departs_ns=None if columns["departs_ns"][i] == NOT_KNOWN_NS else int(columns["departs_ns"][i]),
        )
        for i in range(n)
    )


def fill(yard: Yard, slots: Slots, boxes: int, seed: int, t_ns: int) -> Stock:
    """Fill the open blocks of a yard with ``boxes`` containers.

    Each bay holds boxes of one length and keeps ``tiers - 1`` slots free, so that any of them can
    be dug out; live reefers stand at plugs, dangerous goods in their rows, empties in blocks for
    empties, and within a stack no box is heavier than the one below it.

    Parameters
    ----------
    t_ns : int
        The instant that the departures are counted from [ns UTC].

    Raises
    ------
    StockError
        Where the yard cannot hold so many.
    """
    if boxes < 0:
        raise StockError(f"boxes: expected 0 or more, found {boxes}")
    stock = empty_stock(slots)
    if not boxes:
        return stock
    rng = np.random.default_rng(seed)
    stands = stands_of(yard, slots, boxes, rng)
    columns = _boxes_on(rng, stands, t_ns)
    tiers = columns["tier"].astype(np.int64)
    rows = np.arange(boxes, dtype=np.int32)
    occupant, top_m, count = stock.occupant.copy(), stock.top_m.copy(), stock.count.copy()
    second = slots.next[columns["ground"]]
    long = columns["length_ft"] != 20
    face_m = columns["bottom_m"] + columns["height_m"]
    for ground, which in ((columns["ground"], rows), (second[long], rows[long])):
        occupant[ground, tiers[which]] = which
        np.maximum.at(top_m, ground, face_m[which])
        np.add.at(count, ground, 1)
    seen_ns = np.zeros(boxes, np.int64)
    return stock.with_columns(**columns, seen_ns=seen_ns, occupant=occupant, top_m=top_m, count=count)


def _boxes_on(rng: np.random.Generator, stands: Stands, t_ns: int) -> dict[str, NDArray[Any]]:
    """Draw the columns of the boxes, stand after stand, each from the ground up."""
    n = int(stands.high.sum())
    stand = np.repeat(np.arange(len(stands.high)), stands.high)
    first = np.repeat(np.cumsum(stands.high) - stands.high, stands.high)
    length_ft = stands.length_ft[stand]
    empty = stands.empty[stand]
    reefer = _some(rng, stands.reefer[stand] & ~empty, _REEFERS)
    dangerous = _some(rng, stands.dangerous[stand] & ~empty & ~reefer, _DANGEROUS)
    imdg = np.where(dangerous, _drawn(rng, _IMDG, n), b"")
    type_code = _closed_below(_type_codes(rng, length_ft, empty, reefer), stand)
    height_m = sizes.size_of(type_code)[1]
    gross_kg = _gross_kg(rng, length_ft, empty, reefer)
    # The heaviest go below; every laden mass drawn is above every tare.
    gross_kg = gross_kg[np.lexsort((-gross_kg, stand))]
    summed_m = np.cumsum(height_m)
    bottom_m = np.round(summed_m - height_m - (summed_m - height_m)[first], 6)
    # Boxes of a stand mostly belong together.
    stray = rng.random(n) < 0.3
    line = np.where(stray, rng.integers(0, len(LINES), n), stands.line[stand]).astype(np.int8)
    flow = np.where(empty, Flow.STORAGE, stands.flow[stand]).astype(np.int8)
    return {
        "number": new_numbers(rng, n, lines=line, past=_FIRST_COMING),
        "type_code": type_code,
        "length_ft": length_ft,
        "height_m": height_m,
        "gross_kg": gross_kg,
        "empty": empty,
        "line": line,
        "flow": flow,
        "customs": _customs(rng, flow, empty),
        "setpoint_c": _setpoints_c(rng, reefer),
        "imdg": imdg.astype("S4"),
        "departs_ns": _departures_ns(rng, t_ns, flow, line, empty),
        "place": np.full(n, Place.STACKED, np.int8),
        "ground": stands.ground[stand],
        "tier": (np.arange(n) - first).astype(np.int8),
        "carrier": np.full(n, -1, np.int32),
        "bottom_m": bottom_m,
    }


def _some(rng: np.random.Generator, may: Flags, share: float) -> Flags:
    """Choose that share of all boxes among those that may, but no more than four in five of them."""
    chance = min(0.8, share * len(may) / max(1, int(may.sum())))
    chosen: Flags = may & (rng.random(len(may)) < chance)
    return chosen


def _drawn(rng: np.random.Generator, shares: tuple[tuple[bytes | int, float], ...], n: int) -> NDArray[Any]:
    values = np.array([value for value, _ in shares])
    weights = np.array([share for _, share in shares])
    return values[rng.choice(len(values), n, p=weights / weights.sum())]


def _type_codes(rng: np.random.Generator, length_ft: Bytes, empty: Flags, reefer: Flags) -> Texts:
    codes = np.empty(len(length_ft), "S4")
    for (length, use), shares in _TYPES.items():
        of_use = {"empty": empty, "reefer": reefer, "dry": ~empty & ~reefer}[use]
        rows = np.flatnonzero(of_use & (length_ft == length))
        codes[rows] = _drawn(rng, shares, len(rows))
    return codes


def _closed_below(type_code: Texts, stand: NDArray[np.intp]) -> Texts:
    """Make flats and open tops that others would stand on general purpose boxes of the same size."""
    letters = np.frombuffer(type_code.tobytes(), "S1").reshape(-1, 4).copy()
    covered = np.append(stand[1:] == stand[:-1], False)[: len(stand)]
    letters[covered & np.isin(letters[:, 2], (b"P", b"U")), 2] = b"G"
    return np.frombuffer(letters.tobytes(), "S4")


def _gross_kg(rng: np.random.Generator, length_ft: Bytes, empty: Flags, reefer: Flags) -> Floats:
    tare_kg = np.empty(len(length_ft))
    for length in _TARE_KG:
        of_length = length_ft == length
        tare_kg[of_length & ~reefer] = _TARE_KG[length]
        tare_kg[of_length & reefer] = _REEFER_TARE_KG[length]
    cargo_kg = rng.triangular(3500.0, 14_000.0, sizes.MAX_GROSS_KG - 5300.0, len(length_ft))
    return np.where(empty, tare_kg, np.round(tare_kg + cargo_kg, -1)).astype(float)


def _setpoints_c(rng: np.random.Generator, reefer: Flags) -> Floats:
    wanted = rng.choice((-18.0, -20.0, 2.0, 5.0, 13.0), len(reefer), p=(0.45, 0.15, 0.15, 0.1, 0.15))
    return np.where(reefer, wanted, np.nan)


def _customs(rng: np.random.Generator, flow: Bytes, empty: Flags) -> Bytes:
    states = np.array(list(Customs))
    imports = rng.choice(states, len(flow), p=(0.08, 0.05, 0.03, 0.81, 0.03))
    others = rng.choice(states, len(flow), p=(0.90, 0.01, 0.005, 0.08, 0.005))
    return np.where(empty, Customs.NONE, np.where(flow == Flow.IMPORT, imports, others)).astype(np.int8)


def _departures_ns(rng: np.random.Generator, t_ns: int, flow: Bytes, line: Bytes, empty: Flags) -> Longs:
    """Draw departures: imports in near-random order over days, exports with their line's vessels."""
    n = len(flow)
    dwell_h = 2.0 + rng.exponential(75.0, n)
    calls_h = np.sort(rng.uniform(6.0, 150.0, (len(LINES), 3)), axis=1)
    vessel_h = calls_h[line, rng.choice(3, n, p=(0.5, 0.3, 0.2))]
    ship = (flow == Flow.EXPORT) | (flow == Flow.TRANSSHIPMENT)
    hours = np.where(ship, vessel_h, dwell_h)
    not_known = rng.random(n) < np.where(empty, 0.7, 0.05)
    departs_ns = t_ns + (hours * 3600).astype(np.int64) * NS_PER_S
    return np.where(not_known, NOT_KNOWN_NS, departs_ns)
