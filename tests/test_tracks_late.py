"""Packets that are doubled or come up to five seconds late leave the tracks as they were in order."""

import numpy as np

from benchmarks.yard_noise import NS, Vehicles
from twin import codec
from twin.fleet import roster, tracking
from twin.fleet.epochs import stacked

TICK_NS = NS // 10


def arrivals(n, steps, seed, late_share, doubled_share):
    """Give what arrives at each tick: in order where the shares are 0."""
    vehicles, rng = Vehicles(n, 7), np.random.default_rng(seed)
    at = [[] for _ in range(steps + 60)]
    for step in range(steps):
        said = vehicles.next().said
        behind = np.where(rng.random(n) < late_share, rng.integers(1, 51, n), 0)
        again = np.where(rng.random(n) < doubled_share, behind + rng.integers(0, 20, n), -1)
        for delay in np.unique(np.concatenate((behind, again[again >= 0]))):
            one, other = behind == delay, again == delay
            at[step + delay] += [said.take(one), said.take(other)]
    return vehicles, [stacked(parts) if parts else None for parts in at]


def played(n, steps, late_share, doubled_share):
    vehicles, at = arrivals(n, steps, 11, late_share, doubled_share)
    names = [f"TT-{i:02d}" for i in range(n)]
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), names, vehicles.kind.tolist(), [-1] * n
    )
    t_ns = 1_800_000_000 * NS
    for heard in at:
        t_ns += TICK_NS
        if heard is not None:
            tracks, _ = tracking.take(fleet, tracks, heard, t_ns=t_ns)
        tracks = tracking.at(fleet, tracks, t_ns)
    return tracks


def test_tracks_end_bit_for_bit_where_they_end_in_order():
    in_order, late = played(6, 300, 0.0, 0.0), played(6, 300, 0.05, 0.05)
    for name in ("mean", "covariance", "aids", "marks"):
        one, other = (getattr(tracks.memory.beliefs, name) for tracks in (in_order, late))
        assert one.tobytes() == other.tobytes(), name
    for name in ("x_m", "y_m", "heading_rad", "sigma_m", "fix_ns", "suspect", "freshness"):
        assert getattr(in_order, name).tobytes() == getattr(late, name).tobytes(), name


def test_late_packets_end_there_too_where_the_tracks_were_kept_and_read_back_meanwhile():
    vehicles, at = arrivals(4, 120, 11, 0.1, 0.05)
    names = [f"TT-{i:02d}" for i in range(4)]
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), names, vehicles.kind.tolist(), [-1] * 4
    )
    copy, t_ns = tracks, 1_800_000_000 * NS
    for step, heard in enumerate(at):
        t_ns += TICK_NS
        if heard is None:
            continue
        tracks, _ = tracking.take(fleet, tracks, heard, t_ns=t_ns)
        copy, _ = tracking.take(fleet, copy, heard, t_ns=t_ns)
        if step % 40 == 17:
            copy = codec.decode(codec.encode(copy))
    assert codec.encode(copy) == codec.encode(tracks)


def test_a_doubled_packet_is_old():
    vehicles = Vehicles(1, 1)
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), ["A"], vehicles.kind.tolist(), [-1]
    )
    said = [vehicles.next() for _ in range(5)]
    for one in said:
        tracks, _ = tracking.take(fleet, tracks, one.said, t_ns=one.t_ns)
    same, outcome = tracking.take(fleet, tracks, said[2].said, t_ns=said[4].t_ns)
    assert outcome.tolist() == [tracking.OLD]
    assert same is tracks


def test_what_comes_seconds_late_twice_counts_once():
    vehicles = Vehicles(1, 1)
    fleet, tracks = roster.enlist(
        roster.empty_fleet(), roster.no_tracks(), ["A"], vehicles.kind.tolist(), [-1]
    )
    said = [vehicles.next() for _ in range(30)]
    for one in said[:10] + said[11:]:
        tracks, _ = tracking.take(fleet, tracks, one.said, t_ns=one.t_ns)
    twice = stacked([said[10].said, said[10].said])
    tracks, outcome = tracking.take(fleet, tracks, twice, t_ns=said[-1].t_ns)
    assert sorted(outcome.tolist()) == [tracking.TAKEN, tracking.OLD]
