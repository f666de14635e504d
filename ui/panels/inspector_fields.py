"""What is known of a box, a machine or a block, in the trade's terms and units."""

import math

import numpy as np

from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.motion import interval_s, is_moving
from twin.fleet.suspicion import REASONS
from twin.fleet.table import HOLDS, Freshness
from twin.state import State
from twin.stock.table import LINES, Customs, Flow, Place
from twin.yard.slots import slot_address
from ui.i18n import Texts, mark
from ui.panels.formats import NONE, UNKNOWN_NS, clock, name, number, span, yes_no
from ui.panels.report_fields import health_fields, reefer_fields

PLACES: dict[int, str] = {
    Place.ANNOUNCED: mark("Announced"),
    Place.STACKED: mark("In the stack"),
    Place.CARRIED: mark("On a machine"),
    Place.GONE: mark("Has left"),
}
FLOWS: dict[int, str] = {
    Flow.IMPORT: mark("Import"),
    Flow.EXPORT: mark("Export"),
    Flow.TRANSSHIPMENT: mark("Transshipment"),
    Flow.STORAGE: mark("Storage"),
}
CUSTOMS: dict[int, str] = {
    Customs.NONE: mark("None"),
    Customs.SELECTED: mark("Selected for inspection"),
    Customs.INSPECTED: mark("Inspected"),
    Customs.RELEASED: mark("Released"),
    Customs.HELD: mark("Held"),
}
FRESHNESS: dict[int, str] = {
    Freshness.FRESH: mark("Fresh"),
    Freshness.LATE: mark("Late"),
    Freshness.STALE: mark("Stale: not carried on"),
    Freshness.LOST: mark("Lost: last position kept"),
    Freshness.SUSPECT: mark("Suspect: failed a plausibility check"),
    Freshness.SIMULATED: mark("Simulated"),
}
QUALITY: dict[int, str] = {
    0: mark("no fix"),
    1: mark("single"),
    2: mark("differential"),
    4: mark("RTK fixed"),
    5: mark("RTK float"),
    6: mark("dead reckoning"),
}
BLOCK_KINDS: dict[str, str] = {
    "rtg": mark("RTG block"),
    "rmg": mark("RMG block"),
    "reach_stacker": mark("Reach stacker block"),
    "straddle": mark("Straddle carrier block"),
    "empties": mark("Empties"),
}

Fields = list[tuple[str, str]]


def kind_title(texts: Texts, kind: int) -> str:
    """Give the title of an equipment kind in the language chosen."""
    return texts.tr(KINDS[KIND_NAMES[kind]].title)


def box_fields(state: State, row: int, texts: Texts) -> Fields:
    """Give label and value of everything known of a box.

    Parameters
    ----------
    row : int
        Its row in the stock.
    """
    tr, stock = texts.tr, state.stock
    departs = int(stock.departs_ns[row])
    leaves = tr("not known") if departs == UNKNOWN_NS else clock(texts, departs, date=True)
    setpoint, imdg = float(stock.setpoint_c[row]), name(stock.imdg[row])
    line = int(stock.line[row])
    rows = [
        (tr("Where"), where_is_box(state, row, texts)),
        (tr("Size and type"), f"{int(stock.length_ft[row])}′  {name(stock.type_code[row])}"),
        (tr("Height"), number(float(stock.height_m[row]), 3, "m")),
        (tr("Gross mass"), number(float(stock.gross_kg[row]), 0, "kg")),
        (tr("Laden"), yes_no(texts, not stock.empty[row])),
        (tr("Line"), LINES[line] if 0 <= line < len(LINES) else NONE),
        (tr("Flow"), tr(FLOWS.get(int(stock.flow[row]), "not known"))),
        (tr("Customs"), tr(CUSTOMS.get(int(stock.customs[row]), "not known"))),
        (tr("Leaves"), leaves),
    ]
    if departs != UNKNOWN_NS:
        rows.append((tr("Until then"), span((departs - state.t_ns) / 1e9, texts)))
    if math.isfinite(setpoint):
        rows.append((tr("Reefer set point"), number(setpoint, 1, "°C")))
    rows += reefer_fields(state, name(stock.number[row]), texts)
    if imdg:
        rows.append((tr("IMDG class"), imdg))
    above = _above(state, row)
    if above is not None:
        rows.append((tr("Boxes above"), str(above)))
        rows.append((tr("Underside above ground"), number(float(stock.bottom_m[row]), 2, "m")))
    pick_up = next((p for p in state.pick_ups if p.number == name(stock.number[row])), None)
    if pick_up is not None:
        rows.append((tr("Truck announced"), clock(texts, pick_up.arrives_ns)))
    return rows


def where_is_box(state: State, row: int, texts: Texts) -> str:
    """Give a box's slot, the machine that carries it, or where else it is."""
    stock = state.stock
    place, ground, carrier = int(stock.place[row]), int(stock.ground[row]), int(stock.carrier[row])
    if place == Place.STACKED and 0 <= ground < len(state.slots):
        length = int(stock.length_ft[row])
        return str(slot_address(state.yard, state.slots, ground, int(stock.tier[row]), length))
    if place == Place.CARRIED and 0 <= carrier < len(state.fleet):
        return texts.tr("on {machine}", machine=name(state.fleet.name[carrier]))
    if place == Place.CARRIED and carrier < 0:
        return texts.tr("On a machine that no radio reaches")
    return texts.tr(PLACES.get(place, "not known"))


def _above(state: State, row: int) -> int | None:
    stock = state.stock
    if stock.place[row] != Place.STACKED:
        return None
    grounds = [int(stock.ground[row])]
    if stock.length_ft[row] != 20:
        grounds.append(int(state.slots.next[grounds[0]]))
    over = stock.occupant[grounds, int(stock.tier[row]) + 1 :]
    return len(set(over[over >= 0].tolist()))


def mover_fields(state: State, row: int, texts: Texts) -> Fields:
    """Give label and value of everything known of a machine.

    Parameters
    ----------
    row : int
        Its row in the fleet.
    """
    tr, tracks, fleet = texts.tr, state.tracks, state.fleet
    quality = int(tracks.quality[row])
    speed = float(tracks.speed_mps[row])
    block = int(fleet.block[row])
    if not fleet.present[row]:
        left = [(tr("Position data"), tr("Has left through a gate"))]
        return [(tr("Kind"), kind_title(texts, int(fleet.kind[row]))), *left]
    rows = [
        (tr("Kind"), kind_title(texts, int(fleet.kind[row]))),
        (tr("Position data"), tr(FRESHNESS.get(int(tracks.freshness[row]), "not known"))),
        *_doubt(state, row, texts),
        (tr("Age of position"), _age(state.t_ns, int(tracks.fix_ns[row]), texts)),
        (tr("Expected every"), _expected(state, row, texts)),
        (tr("Fix quality"), f"{quality}  {tr(QUALITY.get(quality, 'not known'))}"),
        (tr("Sigma, horizontal"), number(float(tracks.sigma_m[row]), 2, "m")),
        ("x, y", f"{number(float(tracks.x_m[row]), 2)}, {number(float(tracks.y_m[row]), 2)} m"),
        (tr("Heading"), number(round(math.degrees(float(tracks.heading_rad[row])), 1) % 360.0, 1, "°")),
        (tr("Speed"), f"{number(speed, 2, 'm/s')}  ({number(speed * 3.6, 1, 'km/h')})"),
    ]
    if 0 <= block < len(state.yard.blocks):
        rows.insert(1, (tr("Block"), state.yard.blocks[block].name))
    rows += health_fields(state, name(fleet.name[row]), texts)
    return rows + _crane_fields(state, row, texts) + _carried_fields(state, row, texts)


def _expected(state: State, row: int, texts: Texts) -> str:
    """Give how often a machine is expected to report: one that stands seldom does."""
    fleet, tracks = state.fleet, state.tracks
    every = span(float(interval_s(fleet.kind[[row]], tracks.speed_mps[[row]])[0]), texts)
    moves = bool(is_moving(tracks.speed_mps[[row]])[0])
    return every if moves else texts.tr("{time} while it stands", time=every)


def _doubt(state: State, row: int, texts: Texts) -> Fields:
    """Give why a machine's position is doubted, and that it raises no alarms; nothing where neither is so."""
    why = REASONS.get(int(state.tracks.suspect[row]), "")
    out = [(texts.tr("Doubted"), texts.tr(why))] if why else []
    if name(state.fleet.name[row]) in state.out_of_service:
        out.append((texts.tr("Service"), texts.tr("out of service: raises no alarms")))
    return out


def _crane_fields(state: State, row: int, texts: Texts) -> Fields:
    tr, tracks = texts.tr, state.tracks
    kind = KINDS[KIND_NAMES[int(state.fleet.kind[row])]]
    if kind.hoist_range_m == (0.0, 0.0):
        return []
    return [
        (tr("Age of crane data"), _age(state.t_ns, int(tracks.plc_ns[row]), texts)),
        (tr("Trolley"), number(float(tracks.trolley_m[row]), 2, "m")),
        (tr("Hoist"), number(float(tracks.hoist_m[row]), 2, "m")),
        (tr("Twistlocks"), tr("locked") if tracks.locked[row] else tr("open")),
        (tr("Load"), number(float(tracks.load_kg[row]), 0, "kg")),
    ]


def _carried_fields(state: State, row: int, texts: Texts) -> Fields:
    out = []
    titles = (texts.tr("Under the spreader"), texts.tr("On the trailer"))
    for title, column in zip((titles[0], titles[0], titles[1], titles[1]), HOLDS, strict=True):
        box = int(getattr(state.tracks, column)[row])
        if 0 <= box < len(state.stock):
            out.append((title, name(state.stock.number[box])))
    return out


def block_fields(state: State, index: int, texts: Texts) -> Fields:
    """Give label and value of everything known of a block.

    Parameters
    ----------
    index : int
        Its place in ``Yard.blocks``.
    """
    tr, block, slots = texts.tr, state.yard.blocks[index], state.slots
    part = slice(int(slots.first[index]), int(slots.first[index + 1]))
    used, room = int(state.stock.count[part].sum()), int(slots.tiers[part].sum(dtype=np.int64))
    share = f"{100 * used / room:.0f} %" if room else NONE
    machines = [name(n) for n in state.fleet.name[(state.fleet.block == index) & state.fleet.present]]
    reefer, dangerous = (
        ",".join(map(str, rows)) or NONE for rows in (block.reefer_rows, block.dangerous_rows)
    )
    return [
        (tr("Kind"), tr(BLOCK_KINDS[block.kind])),
        (tr("Open"), yes_no(texts, not block.closed)),
        (tr("Bays × rows × tiers"), f"{block.bays} × {block.rows} × {block.tiers}"),
        (tr("Filled"), f"{number(used)} / {number(room)} TEU  ({share})"),
        (tr("Length × width"), f"{number(block.length_m, 2)} × {number(block.width_m, 2)} m"),
        (tr("Origin x, y"), f"{number(block.origin_yard_m[0], 2)}, {number(block.origin_yard_m[1], 2)} m"),
        (tr("Heading"), number(math.degrees(block.heading_rad) % 360, 1, "°")),
        (tr("Height limit"), number(block.height_limit_m, 2, "m")),
        (tr("Reefer rows"), reefer),
        (tr("Dangerous goods rows"), dangerous),
        (tr("Cranes"), ", ".join(machines) or NONE),
    ]


def _age(now_ns: int, then_ns: int, texts: Texts) -> str:
    return span((now_ns - then_ns) / 1e9, texts) if then_ns > 0 else NONE
