"""The engine: the only place where state changes.

``step(state, t_ns, batch, decisions) -> state``; what nothing happened to is shared, so that a
viewer asks ``is`` to know whether to draw again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from twin import antennas, clearance, outcomes, pairs, reports, retelling, retiming, waiting, weather
from twin.accusing import take_accusations
from twin.alarm_rulings import AlarmDesk
from twin.clock import NS_PER_S
from twin.decisions import Decision
from twin.fleet import epochs, rails, reception, roster, shapes, tracking
from twin.fleet.epochs import Epochs
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.flooding import Flooding
from twin.flooding import followed as follow_floods
from twin.frames import YardFrame
from twin.handling import Desk
from twin.inputs import SIGMA_OF_QUALITY_M, Batch, GateRead, MachineNotice
from twin.reports import Heard
from twin.retelling import Words
from twin.rulings import Bench, ReadLayout, take_decisions, withdraw_stale
from twin.safety import alarms, faults, near_misses, watching
from twin.safety.alarms import Standing
from twin.safety.contact import Memory
from twin.safety.encounters import Encounters
from twin.safety.near_misses import NearMisses, Surroundings
from twin.safety.parts import boxes_of
from twin.safety.rules import Scene, clocks
from twin.safety.table import Conflicts, no_alarms, no_conflicts
from twin.safety.watching import Lookout
from twin.stacking.suggestion import Outcome
from twin.state import Counts, Said, State
from twin.stock import violations
from twin.stock.rules import NEUTRAL, Conditions
from twin.stock.table import Stock
from twin.stock.violations import Violations
from twin.tables import Flags, Floats, Ints
from twin.waiting import Waiting
from twin.words import drives_of
from twin.yard.model import Yard
from twin.yard.slots import ground_slot, slots_of

_KIND_OF = {name: index for index, name in enumerate(KIND_NAMES)}

CROSSING_NS = 500_000_000
"""So often machines that cross a place shortly after one another are looked for [ns]."""
REASONS_LIMIT = 64
"""So many different reasons for rejects are counted apart."""
DOUBTFUL_S = 60
"""A stock event that cannot be keeps its machine in doubt so long [s]."""


def initial_state(yard: Yard, stock: Stock, t_ns: int, conditions: Conditions = NEUTRAL) -> State:
    """Give the state before the first tick: a yard, its stock report, its house rules, no machine yet."""
    slots = slots_of(yard)
    return State(
        t_ns=t_ns, tick=0, epoch=0, yard=yard, slots=slots, stock=stock, conditions=conditions,
        violations=violations.check(yard, slots, stock, conditions),
        fleet=roster.empty_fleet(), tracks=roster.no_tracks(),
        conflicts=no_conflicts(), alarms=no_alarms(), next_id=1,
    )  # fmt: skip


def step(
    state: State, t_ns: int, batch: Batch, decisions: Sequence[Decision], read_layout: ReadLayout
) -> State:
    """Give the state after one tick.

    Parameters
    ----------
    state : State
        The state before.
    t_ns : int
        The instant of the tick [ns UTC]; where it is before the state's the clock has jumped back, which is
        marked, and the yard's own time runs on from the state's (:mod:`twin.retiming`).
    batch : Batch
        What the sensors said since.
    decisions : sequence of Decision
        What people and solvers decided since, in order.
    read_layout : callable
        Makes a yard of a published layout's bytes; raises a TwinError where they hold none.

    Returns
    -------
    State
        Tables that nothing happened to are those of ``state``.
    """
    clock_back = clocks.followed(state.clock_back, state.t_ns, t_ns)
    t_ns, batch = retiming.on_time(clock_back, state.t_ns, t_ns, batch)
    desk = Desk.of(state)
    _enlist(desk, batch)
    came = batch
    rows = roster.row_of(desk.fleet, batch.devices) if batch.devices else np.empty(0, np.int32)
    waits = state.waiting
    if waits or (rows < 0).any():
        batch, waits = _admitted(state, desk, batch, t_ns)
        rows = roster.row_of(desk.fleet, batch.devices)
    _take_fixes(desk, batch, rows, t_ns)
    flooding = follow_floods(state.flooding, came, desk.fleet, state.t_ns, t_ns)
    take_accusations(desk, batch, flooding, t_ns)
    moved = desk.tracks is not state.tracks
    said = retelling.take(desk, state.said, _words_of(desk, batch, rows), t_ns, moved=moved)
    desk.tracks = tracking.proven(desk.fleet, desk.tracks, desk.served)
    desk.stock = _seen(state.stock, desk.stock, t_ns)
    desk.tracks = tracking.at(desk.fleet, desk.tracks, t_ns)
    bench = Bench(
        desk, state.tick + 1, state.next_id,
        AlarmDesk(t_ns, desk, state.alarms, state.limits, state.out_of_service, state.closed),
        state.suggestions, state.outcomes, state.conditions, read_layout,
    )  # fmt: skip
    before = retelling.acted_on(desk)
    take_decisions(bench, decisions)
    said = retelling.kept(said, desk, before)
    moved_on = desk.stock is not state.stock or desk.orders is not state.orders
    if moved_on or bench.alarm_desk.closed != state.closed:
        withdraw_stale(bench)
    boxes = boxes_of(desk.fleet, desk.tracks, desk.stock, t_ns)
    conflicts, met, lookout = _look(state, desk, boxes, t_ns)
    heard = reports.after(state, came, desk.stock)
    standing, raised = _take_alarms(state, bench, met, boxes, t_ns, clock_back[1], heard, said, flooding)
    conditions = weather.ruled(state.conditions, desk.weather, t_ns)
    return replace(
        state, t_ns=t_ns, tick=bench.tick, epoch=state.epoch + bench.published,
        yard=desk.yard, slots=desk.slots, stock=desk.stock, fleet=desk.fleet, tracks=desk.tracks,
        conflicts=conflicts, alarms=standing.alarms, next_id=standing.next_id, suggestions=bench.suggestions,
        orders=desk.orders, pick_ups=desk.pick_ups, arrivals=desk.arrivals,
        discrepancies=desk.discrepancies, verdicts=tuple(bench.verdicts), weather=desk.weather,
        counts=_counted(state.counts, desk, came, raised), outcomes=_outcomes(state, bench),
        conditions=conditions,
        violations=_violations(state, desk, conditions),
        near_misses=_near_misses(state, desk, boxes, met, t_ns),
        encounters=met, alarm_log=standing.log, pending=standing.pending,
        clock_back=clock_back, said=said, waiting=waits, lookout=lookout,
        reported=heard.words, unfit=heard.unfit, reefers=heard.reefers,
        unrecorded=heard.unrecorded, flooding=flooding,
        limits=bench.alarm_desk.limits, out_of_service=bench.alarm_desk.out_of_service,
        closed=bench.alarm_desk.closed,
        reception=reception.followed(
            state.reception, desk.fleet, state.tracks, desk.tracks, t_ns, state.t_ns
        ),
    )  # fmt: skip


def _violations(state: State, desk: Desk, conditions: Conditions) -> Violations:
    """List what stands against the rules; only what the tick touched is judged again."""
    if desk.yard is not state.yard or conditions is not state.conditions:
        return violations.check(desk.yard, desk.slots, desk.stock, conditions)
    if desk.stock is state.stock:
        return state.violations
    return violations.after(state.violations, state.stock, desk.stock, desk.yard, desk.slots, conditions)


def _outcomes(state: State, bench: Bench) -> tuple[Outcome, ...]:
    """Hold what accepted suggestions promised against what has become of it."""
    desk, found = bench.desk, bench.outcomes
    if desk.orders is not state.orders:
        found = outcomes.timed(found, desk.orders)
    if bench.published:
        return found
    return outcomes.watched(found, state.stock, desk.stock, desk.fleet, desk.yard, desk.slots)


def _enlist(desk: Desk, batch: Batch) -> None:
    """Take in the machines that say that they exist, before any of their positions is looked at."""
    blocks = {block.name: index for index, block in enumerate(desk.yard.blocks)}
    notices = {event.device: event for event in batch.events if isinstance(event, MachineNotice)}
    for event in batch.events:
        if isinstance(event, GateRead) and event.event == "in" and event.truck not in notices:
            notices[event.truck] = MachineNotice(event.truck, event.t_ns, "external_truck")
    for notice in tuple(notices.values()):
        if notice.kind not in KINDS:
            del notices[notice.device]
            expected = ", ".join(KIND_NAMES)
            desk.doubt(notice.t_ns, notice.device, f"kind {notice.kind!r}: expected one of {expected}")
    for notice in notices.values():
        if notice.block and notice.block not in blocks:
            what = f"block {notice.block}: the yard has none of that name"
            desk.doubt_once(notice.t_ns, notice.device, what)
    if notices:
        desk.fleet, desk.tracks = roster.enlist(
            desk.fleet, desk.tracks, list(notices),
            [_KIND_OF[notice.kind] for notice in notices.values()],
            [blocks.get(notice.block, -1) for notice in notices.values()],
        )  # fmt: skip


def _admitted(state: State, desk: Desk, batch: Batch, t_ns: int) -> tuple[Batch, tuple[Waiting, ...]]:
    """Give the batch with what machines said before their announcement came, and what waits on."""
    batch, waits, taken = waiting.admitted(state.waiting, batch, desk.fleet, t_ns)
    for reason, n in taken.items():
        _reject(desk, reason, -n)
    return batch, waits


def _take_fixes(desk: Desk, batch: Batch, rows: Ints, t_ns: int) -> None:
    """Take fixes and what wheels and gyros say into the tracks."""
    fixes, motions = _fixes_of(desk, batch, rows), _motions_of(desk, batch, rows)
    heard = epochs.joined(fixes, motions)
    if not len(heard):
        return
    desk.tracks, outcome = tracking.take(
        desk.fleet, desk.tracks, heard, t_ns=t_ns, rail_heading_rad=_rail_headings(desk, fixes)
    )
    fixed = heard.fixed
    for code, reason in (
        (tracking.GATED, "position gated: too far from the track"),
        (tracking.OLD, "position older than the track"),
    ):
        refused = int(np.count_nonzero((outcome == code) & fixed))
        if refused:
            _reject(desk, reason, refused)


def _fixes_of(desk: Desk, batch: Batch, rows: Ints) -> Epochs:
    """Give the usable fixes of machines that are known, in the yard frame."""
    fixes = batch.fixes
    if not len(fixes):
        return epochs.no_epochs()
    movers = rows[fixes.device]
    known = _those(desk, movers >= 0, waiting.REASONS["fixes"])
    frame = YardFrame.of(desk.yard.georeference)
    xy, speed_mps, course_rad = antennas.seen(desk.fleet, desk.tracks, movers[known], fixes, known, frame)
    quality = fixes.quality[known]
    sigma_m = fixes.sigma_m[known]
    sigma_m = np.where(np.isnan(sigma_m), -SIGMA_OF_QUALITY_M[np.clip(quality, 0, 8)], sigma_m)
    sigma_m = antennas.sure_m(desk.fleet, movers[known], fixes, known, sigma_m)
    usable = _those(desk, (quality != 0) & np.isfinite(xy[:, 0] + xy[:, 1]), "position without a fix")
    columns = (
        movers[known], fixes.t_ns[known], xy, sigma_m, speed_mps, course_rad,
        frame.heading_from_bearing(fixes.heading_rad[known]), quality,
    )  # fmt: skip
    return epochs.of_fixes(*(column[usable] for column in columns))


def _those(desk: Desk, good: Flags, reason: str) -> Any:
    """Give which rows are good: all of them as a slice; the others are counted."""
    if good.all():
        return slice(None)
    _reject(desk, reason, int(np.count_nonzero(~good)))
    return good


def _motions_of(desk: Desk, batch: Batch, rows: Ints) -> Epochs:
    """Give what wheels and gyros of machines that are known say."""
    motions = batch.motions
    if not len(motions):
        return epochs.no_epochs()
    movers = rows[motions.device]
    known = _those(desk, movers >= 0, waiting.REASONS["motions"])
    return epochs.of_motions(
        movers[known], motions.t_ns[known], motions.odometer_mps[known], motions.gyro_rps[known]
    )


def _rail_headings(desk: Desk, fixes: Epochs) -> Floats:
    """Give what each gantry runs along; one that has no track yet is where its first fix is."""
    about_m = np.column_stack((desk.tracks.x_m, desk.tracks.y_m))
    new = np.flatnonzero(np.isnan(about_m[fixes.row, 0]))
    about_m[fixes.row[new]] = np.column_stack((fixes.x_m[new], fixes.y_m[new]))
    return rails.rail_headings(desk.fleet, desk.yard, about_m)


def _words_of(desk: Desk, batch: Batch, rows: Ints) -> Words:
    """Give the readings of cranes that are known, and the events."""
    readings = batch.cranes
    movers = rows[readings.device] if len(readings) else np.empty(0, np.int32)
    words = Words(movers, readings, batch.events)
    known = _those(desk, movers >= 0, waiting.REASONS["cranes"])
    return words if isinstance(known, slice) else words.some(known)


def _seen(before: Stock, stock: Stock, t_ns: int) -> Stock:
    """Note the instant at the boxes that came, or that were moved, since ``before``."""
    if stock is before:
        return stock
    seen_ns, known = stock.seen_ns.copy(), len(before)
    moved = np.zeros(known, np.bool_)
    for name in ("place", "ground", "tier", "carrier", "customs"):
        moved |= getattr(stock, name)[:known] != getattr(before, name)
    seen_ns[:known][moved] = t_ns
    seen_ns[known:] = t_ns
    return stock.with_columns(seen_ns=seen_ns)


def _reject(desk: Desk, reason: str, n: int) -> None:
    desk.count("!" + reason, n)


def _look(state: State, desk: Desk, boxes: shapes.Boxes, t_ns: int) -> tuple[Conflicts, Encounters, Lookout]:
    if desk.tracks is state.tracks and desk.stock is state.stock and desk.yard is state.yard:
        return state.conflicts, state.encounters, state.lookout
    memory = _memory(state) if desk.slots is state.slots else None
    met, memory = watching.look(
        desk.fleet, desk.tracks, boxes, desk.stock, desk.slots, t_ns, _targets(desk), memory,
        t_ns // CROSSING_NS != state.t_ns // CROSSING_NS, desk.yard,
    )  # fmt: skip
    conflicts, lookout = (
        watching.conflicts_of(met),
        Lookout(desk.fleet, desk.tracks, desk.stock, desk.slots, memory),
    )
    return (
        conflicts if len(conflicts) or len(state.conflicts) else state.conflicts,
        met if len(met) or len(state.encounters) else state.encounters,
        lookout,
    )


def _memory(state: State) -> Memory | None:
    """Give what the tick before left; made again where the state comes from a journal."""
    if state.lookout.fits(state.fleet, state.tracks, state.stock, state.slots):
        return state.lookout.memory
    boxes = boxes_of(state.fleet, state.tracks, state.stock, state.t_ns)
    found = watching.look(
        state.fleet, state.tracks, boxes, state.stock, state.slots, state.t_ns, crossing=False
    )
    return found[1]


def _targets(desk: Desk) -> Ints | None:
    """Give the ground slot that each machine's load is ordered to, -1 where none is."""
    if not desk.orders:
        return None
    bound = {desk.box(order.move.number): order.move.target for order in clearance.under_way(desk.orders)}
    targets = np.full(len(desk.fleet), -1, np.int32)
    for row in np.flatnonzero(desk.tracks.load >= 0).tolist():
        ordered = [bound[box] for box in pairs.held(desk, "load", row) if box in bound]
        if ordered:
            targets[row] = min(ground_slot(desk.yard, desk.slots, target) for target in ordered)
    return targets


def _near_misses(state: State, desk: Desk, boxes: shapes.Boxes, met: Encounters, t_ns: int) -> NearMisses:
    wind = desk.weather
    around = Surroundings(
        desk.fleet, desk.tracks, boxes, desk.yard, desk.slots, wind.speed_mps, wind.gust_mps
    )
    return near_misses.followed(state.near_misses, met, around, t_ns)


def _take_alarms(
    state: State, bench: Bench, met: Encounters, boxes: shapes.Boxes, t_ns: int, back_ns: int,
    heard: Heard, said: tuple[Said, ...], flooding: Flooding,
) -> tuple[Standing, int]:  # fmt: skip
    desk, ruled = bench.desk, bench.alarm_desk
    wrong = faults.faults(desk.fleet, desk.tracks, boxes, desk.yard.fence_yard_m).astype(np.int32)
    scene = Scene(
        t_ns, desk.fleet, desk.tracks, met, desk.yard, desk.slots, desk.stock,
        (desk.weather.speed_mps, desk.weather.gust_mps), np.array(_doubtful(desk, t_ns), np.int32),
        roster.row_of(desk.fleet, ruled.out_of_service), wrong, ruled.limits, back_ns / NS_PER_S,
        roster.row_of(desk.fleet, heard.unfit), heard.reefers, ruled.closed, drives_of(said),
        heard.unrecorded, flooding,
    )  # fmt: skip
    before = Standing(state.alarms, state.pending, state.alarm_log, bench.next_id)
    return alarms.step_alarms(before, scene, ruled.alarms)


def _doubtful(desk: Desk, t_ns: int) -> list[int]:
    """Give the machines that reported in the last minute what cannot be."""
    since_ns = t_ns - DOUBTFUL_S * NS_PER_S
    named = sorted({found.device for found in desk.discrepancies if found.t_ns > since_ns})
    rows = roster.row_of(desk.fleet, named)
    return [int(row) for row in rows if row >= 0]


def _counted(counts: Counts, desk: Desk, batch: Batch, raised: int) -> Counts:
    def more(name: str) -> int:
        return int(getattr(counts, name)) + desk.added.get(name, 0)

    return Counts(
        ticks=counts.ticks + 1, lines=counts.lines + batch.lines, fixes=counts.fixes + len(batch.fixes),
        readings=counts.readings + len(batch.cranes), moves=more("moves"), lifted=more("lifted"),
        boxes_in=more("boxes_in"), boxes_out=more("boxes_out"), alarms=counts.alarms + raised,
        rejects=_rejects(counts.rejects, desk, batch),
    )  # fmt: skip


def _rejects(before: tuple[tuple[str, int], ...], desk: Desk, batch: Batch) -> tuple[tuple[str, int], ...]:
    reasons = [(name[1:], n) for name, n in desk.added.items() if name[0] == "!"]
    reasons += [(reject.reason, 1) for reject in batch.rejects]
    if not reasons:
        return before
    total = dict(before)
    for reason, n in reasons:
        kept = reason if reason in total or len(total) < REASONS_LIMIT else "other reasons"
        total[kept] = total.get(kept, 0) + n
    return tuple(sorted((reason, n) for reason, n in total.items() if n))
