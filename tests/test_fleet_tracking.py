from dataclasses import dataclass

import numpy as np
import pytest

from twin import codec
from twin.fleet import motion, roster, tracking
from twin.fleet.kinds import KIND_NAMES, KINDS
from twin.fleet.table import Freshness

NS = 1_000_000_000
T0 = 1_700_000_000 * NS
STEP_S = 0.1


def yard_of(kind, n=1):
    names = [f"M-{i:03d}" for i in range(n)]
    index = KIND_NAMES.index(kind)
    return roster.enlist(roster.empty_fleet(), roster.no_tracks(), names, [index] * n, [-1] * n)


def fixed(
    fleet, tracks, t_ns, xy, *, rows=None, sigma=0.02, speed=np.nan, course=np.nan, heading=np.nan, **more
):
    xy = np.atleast_2d(np.asarray(xy, float))
    k = len(xy)
    column = lambda value: np.array(np.broadcast_to(value, k), float)  # noqa: E731
    return tracking.apply_fixes(
        fleet, tracks, np.arange(k, dtype=np.int32) if rows is None else np.array(rows, np.int32),
        np.array(np.broadcast_to(t_ns, k), np.int64), xy, column(sigma), column(speed), column(course),
        column(heading), np.full(k, 4, np.int8), **more,
    )  # fmt: skip


@dataclass
class Drive:
    """Machines on known ways, seen by receivers with white errors."""

    kind: str
    n: int = 40
    speed: float = 0.0
    turn: float = 0.0
    sigma: float = 0.02
    seconds: float = 30.0
    sees_heading: bool = True
    seed: int = 1

    def run(self):
        """Give the errors of track and of fix, after 5 s, each (steps, n) [m], and the last tracks."""
        rng = np.random.default_rng(self.seed)
        fleet, tracks = yard_of(self.kind, self.n)
        lever = np.array(KINDS[self.kind].antenna_m[:2])
        truth = np.column_stack((
            rng.uniform(0, 500, self.n), rng.uniform(0, 300, self.n), rng.uniform(-3, 3, self.n),
            np.full(self.n, self.speed), np.full(self.n, self.turn),
        ))  # fmt: skip
        mine, raw = [], []
        for step in range(1, round(self.seconds / STEP_S) + 1):
            truth = motion.moved(truth, np.full(self.n, STEP_S))
            seen, fix = self._seen(truth, lever, rng)
            t_ns = T0 + round(step * STEP_S * NS)
            tracks, outcome = fixed(fleet, tracks, t_ns, **fix)
            if step > 5 / STEP_S:
                mine.append(np.hypot(tracks.x_m - truth[:, 0], tracks.y_m - truth[:, 1]))
                raw.append(np.hypot(*seen.T))
                assert (outcome == tracking.TAKEN).mean() > 0.9
            tracks = tracking.at(fleet, tracks, t_ns + NS // 10)
        return np.array(mine), np.array(raw), tracks

    def _seen(self, truth, lever, rng):
        _, _, heading, speed, turn = truth.T
        c, s = np.cos(heading), np.sin(heading)
        arm = np.column_stack((c * lever[0] - s * lever[1], s * lever[0] + c * lever[1]))
        error = rng.normal(0, self.sigma, (self.n, 2))
        vx = speed * c - turn * arm[:, 1] + rng.normal(0, 0.03, self.n)
        vy = speed * s + turn * arm[:, 0] + rng.normal(0, 0.03, self.n)
        moving = np.hypot(vx, vy) > 0.2
        return error, {
            "xy": truth[:, :2] + arm + error, "speed": np.hypot(vx, vy), "sigma": self.sigma,
            "course": np.where(moving, np.arctan2(vy, vx), np.nan),
            "heading": heading + rng.normal(0, 0.0026, self.n) if self.sees_heading else np.nan,
        }  # fmt: skip


def p95(errors):
    return float(np.percentile(errors, 95))


@pytest.mark.parametrize(
    "drive",
    [
        Drive("terminal_tractor"),
        Drive("terminal_tractor", speed=1.5),
        Drive("terminal_tractor", speed=6.0),
        Drive("external_truck", speed=3.0, turn=0.2),
        Drive("terminal_tractor", speed=-1.5),
        Drive("rtg", speed=1.5),
        Drive("quay_crane"),
        Drive("reach_stacker", speed=2.0),
    ],
    ids=lambda d: f"{d.kind} at {d.speed} m/s turning {d.turn}",
)
def test_a_track_is_nearer_to_the_truth_than_its_fixes(drive):
    mine, raw, tracks = drive.run()
    assert p95(mine) < 0.05
    assert p95(mine) < 0.7 * p95(raw)
    assert (tracks.freshness == Freshness.FRESH).all()


def test_a_reversing_machine_goes_backwards_and_does_not_turn_round():
    drive = Drive("terminal_tractor", speed=-2.0)
    _, _, tracks = drive.run()
    np.testing.assert_allclose(tracks.speed_mps, -2.0, atol=0.1)


def test_a_vehicle_without_a_heading_sensor_learns_its_heading_from_its_course():
    mine, _, _ = Drive("terminal_tractor", speed=4.0, sees_heading=False).run()
    assert p95(mine) < 0.05


def test_the_antenna_is_not_the_origin():
    fleet, tracks = yard_of("terminal_tractor")
    tracks, _ = fixed(fleet, tracks, T0, [[10.0, 20.0]], speed=0.0, heading=np.pi / 2)
    assert (tracks.x_m[0], tracks.y_m[0]) == (pytest.approx(10.0), pytest.approx(20.0 - 2.9))


def test_a_track_is_moved_ahead_to_the_tick_and_filtered_at_its_fix():
    fleet, tracks = yard_of("reach_stacker")
    way = lambda t_s: [[8.0 * t_s + 0.5, 0.0]]  # noqa: E731
    for step in range(30):
        tracks, outcome = fixed(
            fleet, tracks, T0 + step * NS // 10, way(step / 10), speed=8.0, course=0.0, heading=0.0
        )
        assert outcome.tolist() == [tracking.TAKEN]
        tracks = tracking.at(fleet, tracks, T0 + step * NS // 10 + NS // 5)
        assert tracks.x_m[0] == pytest.approx(8.0 * (step / 10 + 0.2), abs=0.05)


def test_two_ticks_move_a_track_as_far_as_one():
    fleet, tracks = yard_of("reach_stacker")
    tracks, _ = fixed(fleet, tracks, T0, [[0.5, 0.0]], speed=5.0, course=0.0, heading=0.0)
    once = tracking.at(fleet, tracks, T0 + NS)
    twice = tracking.at(fleet, tracking.at(fleet, tracks, T0 + NS // 3), T0 + NS)
    assert once.x_m[0] == pytest.approx(5.0)
    assert twice.x_m[0] == pytest.approx(once.x_m[0], abs=1e-9)
    assert twice.sigma_m[0] == pytest.approx(once.sigma_m[0], rel=1e-6)


def test_a_pose_says_for_which_instant_it_holds():
    fleet, tracks = yard_of("reach_stacker")
    assert tracks.pose_ns.tolist() == [0]
    tracks, _ = fixed(fleet, tracks, T0, [[0.5, 0.0]], speed=5.0, course=0.0, heading=0.0)
    assert tracks.pose_ns.tolist() == [T0]
    assert tracking.at(fleet, tracks, T0 + NS).pose_ns.tolist() == [T0 + NS]
    silent = tracking.at(fleet, tracks, T0 + 20 * NS)  # dead reckoning ends after three intervals of 1 s
    assert silent.pose_ns.tolist() == [T0 + 3 * NS]
    assert silent.x_m[0] == pytest.approx(15.0, abs=1e-6)


def test_a_late_fix_does_not_set_the_pose_back_in_time():
    fleet, tracks = yard_of("reach_stacker")
    tracks, _ = fixed(fleet, tracks, T0, [[0.5, 0.0]], speed=5.0, course=0.0, heading=0.0)
    tracks = tracking.at(fleet, tracks, T0 + NS)
    tracks, _ = fixed(fleet, tracks, T0 + NS // 2, [[3.0, 0.0]], speed=5.0, course=0.0, heading=0.0)
    assert (tracks.fix_ns[0], tracks.pose_ns[0]) == (T0 + NS // 2, T0 + NS)
    assert tracks.x_m[0] == pytest.approx(5.0, abs=0.05)


def test_without_a_heading_the_antenna_is_shown_on_its_fixes_however_sharply_it_turns():
    fleet, tracks = yard_of("reach_stacker")
    x = y = 0.0
    for step in range(160):  # a square, walked at 1.2 m/s, each corner turned in a second
        course = np.pi / 2 * (step // 20 + min(step % 20, 4) / 4)
        x, y = x + 0.3 * np.cos(course), y + 0.3 * np.sin(course)
        tracks, outcome = fixed(
            fleet, tracks, T0 + step * NS // 4, [[x, y]], speed=1.2, course=motion.wrapped(course)
        )
        assert outcome.tolist() == [tracking.TAKEN]
        c, s = np.cos(tracks.heading_rad[0]), np.sin(tracks.heading_rad[0])
        shown = tracks.x_m[0] + 0.5 * c, tracks.y_m[0] + 0.5 * s
        assert np.hypot(shown[0] - x, shown[1] - y) < 0.25


def test_a_fix_that_jumps_is_refused_and_marks_the_track():
    fleet, tracks = yard_of("terminal_tractor")
    for step in range(20):
        tracks, _ = fixed(fleet, tracks, T0 + step * NS // 10, [[2.9, 0.0]], speed=0.0, heading=0.0)
    jumped, outcome = fixed(fleet, tracks, T0 + 2 * NS, [[5.9, 0.0]], speed=0.0, heading=0.0)
    assert outcome.tolist() == [tracking.GATED]
    assert jumped.x_m[0] == tracks.x_m[0]
    assert jumped.freshness[0] == Freshness.SUSPECT
    assert tracking.at(fleet, jumped, T0 + 2 * NS).freshness[0] == Freshness.SUSPECT
    back, outcome = fixed(fleet, jumped, T0 + 2 * NS + 1, [[2.9, 0.0]], speed=0.0, heading=0.0)
    assert outcome.tolist() == [tracking.TAKEN]
    assert back.freshness[0] == Freshness.FRESH


def outcomes_of_jumps(offsets):
    fleet, tracks = yard_of("terminal_tractor")
    for step in range(20):
        tracks, _ = fixed(fleet, tracks, T0 + step * NS // 10, [[2.9, 0.0]], speed=0.0, heading=0.0)
    found = []
    for step, (dx, dy) in enumerate(offsets, start=20):
        tracks, outcome = fixed(fleet, tracks, T0 + step * NS // 10, [[2.9 + dx, dy]], speed=0.0, heading=0.0)
        found.append(int(outcome[0]))
    return found, tracks


def test_several_refused_fixes_that_agree_are_believed_after_all():
    found, tracks = outcomes_of_jumps([(3.0, 0.0)] * 12)
    assert found[:4] == [tracking.GATED] * 4
    assert found[-1] == tracking.TAKEN
    assert tracks.x_m[0] == pytest.approx(3.0, abs=0.05)


def test_refused_fixes_that_contradict_one_another_are_not_believed():
    around = [(3 * np.cos(a), 3 * np.sin(a)) for a in np.arange(8) * np.pi / 4]
    found, tracks = outcomes_of_jumps(around)
    assert found == [tracking.GATED] * 8
    assert abs(tracks.x_m[0]) < 0.1


def test_fixes_of_all_machines_are_taken_in_whatever_order_they_come():
    fleet, tracks = yard_of("rtg", 3)
    places = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]])
    other = np.array([2, 0, 1])
    for step in range(3):
        t_ns = T0 + step * NS // 10
        rows = np.arange(3) if step % 2 else other
        tracks, outcome = fixed(fleet, tracks, t_ns, places[rows], rows=rows)
        assert (outcome == tracking.TAKEN).all()
    assert np.allclose(np.column_stack((tracks.x_m, tracks.y_m)), places, atol=20.0)


def test_fixes_of_one_call_are_taken_in_order_of_time():
    fleet, tracks = yard_of("reach_stacker", 2)
    times = T0 + np.array([2, 0, 1, 0]) * NS // 10
    xy = [[0.5 + 0.2, 0.0], [0.5, 0.0], [0.5 + 0.1, 0.0], [0.5, 50.0]]
    tracks, outcome = fixed(fleet, tracks, times, xy, rows=[0, 0, 0, 1], speed=1.0, course=0.0, heading=0.0)
    assert outcome.tolist() == [tracking.TAKEN] * 4
    assert tracks.fix_ns.tolist() == [T0 + 2 * NS // 10, T0]
    assert tracks.x_m[0] == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("earlier_s", [0, 7])
def test_a_fix_heard_before_or_later_than_packets_may_come_is_old(earlier_s):
    fleet, tracks = yard_of("reach_stacker")
    tracks, _ = fixed(fleet, tracks, T0, [[0.5, 0.0]], heading=0.0)
    same, outcome = fixed(fleet, tracks, T0 - earlier_s * NS, [[0.5, 0.0]], heading=0.0)
    assert outcome.tolist() == [tracking.OLD]
    assert same.x_m.tobytes() == tracks.x_m.tobytes()
    assert same.suspect.tolist() == [0]


def test_no_fix_changes_nothing():
    fleet, tracks = yard_of("rtg", 3)
    same, outcome = fixed(fleet, tracks, T0, np.empty((0, 2)))
    assert same is tracks
    assert outcome.shape == (0,)


def test_parked_machines_give_the_same_tracks_tick_after_tick():
    fleet, tracks = yard_of("terminal_tractor", 3)
    tracks, _ = fixed(fleet, tracks, T0, np.zeros((3, 2)), speed=0.0, heading=0.0)
    tracks = tracking.at(fleet, tracks, T0 + NS)
    assert tracking.at(fleet, tracks, T0 + 2 * NS) is tracks


def test_a_moving_machine_that_falls_silent_is_late_then_stale_then_lost():
    fleet, tracks = yard_of("reach_stacker")
    tracks, _ = fixed(fleet, tracks, T0, [[0.5, 0.0]], speed=5.0, course=0.0, heading=0.0)
    grades = [int(tracking.at(fleet, tracks, T0 + round(s * NS)).freshness[0]) for s in (0.9, 1.1, 3.1, 5.1)]
    assert grades == [Freshness.FRESH, Freshness.LATE, Freshness.STALE, Freshness.LOST]


@pytest.mark.parametrize(
    ("quality", "grade"), [(4, "FRESH"), (6, "FRESH"), (7, "SIMULATED"), (8, "SIMULATED")]
)
def test_a_place_that_was_typed_in_or_made_up_by_a_receiver_is_no_measurement(quality: int, grade: str):
    fleet, tracks = yard_of("reach_stacker")
    column, none = np.full(1, 5.0), np.full(1, np.nan)
    tracks, _ = tracking.apply_fixes(
        fleet, tracks, np.zeros(1, np.int32), np.full(1, T0), np.zeros((1, 2)), column, none, none, none,
        np.full(1, quality, np.int8),
    )  # fmt: skip
    ages_s = 0.0, 0.5, 400.0
    grades = [Freshness(int(tracking.at(fleet, tracks, T0 + round(s * NS)).freshness[0])) for s in ages_s]
    assert Freshness(int(tracks.freshness[0])).name == grade
    assert [one.name for one in grades] == [grade, grade, "LOST"]


def test_a_silent_machine_is_moved_no_further_than_three_intervals():
    fleet, tracks = yard_of("reach_stacker")
    tracks, _ = fixed(fleet, tracks, T0, [[0.5, 0.0]], speed=5.0, course=0.0, heading=0.0)
    for step in range(1, 101):
        tracks = tracking.at(fleet, tracks, T0 + step * NS // 10)
    assert tracks.x_m[0] == pytest.approx(15.0, abs=1e-6)
    assert tracking.at(fleet, tracks, T0 + 11 * NS) is tracks


def test_a_machine_that_left_is_judged_no_more():
    fleet, tracks = yard_of("reach_stacker")
    tracks, _ = fixed(fleet, tracks, T0, [[0.5, 0.0]], speed=5.0, course=0.0, heading=0.0)
    fleet = roster.leave(fleet, np.array([0], np.int32))
    assert tracking.at(fleet, tracks, T0 + 100 * NS) is tracks


def test_a_parked_machine_keeps_the_heading_it_stopped_with():
    fleet, tracks = yard_of("terminal_tractor")
    for step in range(60):
        speed = max(0.0, 3.0 - step / 10)
        way = 3.0 * step / 10 - (step / 10) ** 2 / 2 if speed else 4.5
        tracks, _ = fixed(
            fleet, tracks, T0 + step * NS // 10, [[way, 0.0]], speed=speed,
            course=0.0 if speed > 0.2 else np.nan,
        )  # fmt: skip
        tracks = tracking.at(fleet, tracks, T0 + step * NS // 10)
    assert abs(tracks.heading_rad[0]) < 0.02
    assert abs(tracks.yaw_rate_rps[0]) < 1e-3


@pytest.mark.parametrize(("kind", "lever_m"), [("reach_stacker", 0.5), ("terminal_tractor", 2.9)])
def test_a_machine_that_turns_on_the_spot_is_followed(kind, lever_m):
    fleet, tracks = yard_of(kind)
    for step in range(100):
        heading = 0.3 * max(0.0, step / 10 - 5.0)
        antenna = [lever_m * np.cos(heading), lever_m * np.sin(heading)]
        tracks, _ = fixed(fleet, tracks, T0 + step * NS // 10, [antenna], speed=0.0, heading=heading)
        tracks = tracking.at(fleet, tracks, T0 + step * NS // 10)
    for step in range(100, 120):
        tracks, _ = fixed(fleet, tracks, T0 + step * NS // 10, [antenna], speed=0.0, heading=heading)
    assert tracks.heading_rad[0] == pytest.approx(heading, abs=0.02)
    assert np.hypot(tracks.x_m[0], tracks.y_m[0]) < 0.1


def test_a_gantry_points_along_its_rail_whatever_its_course():
    fleet, tracks = yard_of("rtg")
    rail = np.array([0.25])
    for step in range(20):
        way = -1.0 * step / 10
        tracks, _ = fixed(
            fleet, tracks, T0 + step * NS // 10, [[way * np.cos(0.25), way * np.sin(0.25)]], speed=1.0,
            course=0.25 - np.pi, rail_heading_rad=rail,
        )  # fmt: skip
    assert (
        abs(motion.wrapped(tracks.heading_rad - 0.25)[0]) < 1e-3
        or abs(motion.wrapped(tracks.heading_rad - 0.25 - np.pi)[0]) < 1e-3
    )


def test_a_track_restarts_after_a_long_silence_on_the_move():
    fleet, tracks = yard_of("terminal_tractor")
    tracks, _ = fixed(fleet, tracks, T0, [[0.0, 0.0]], speed=5.0, course=0.0, heading=0.0)
    tracks, outcome = fixed(fleet, tracks, T0 + 60 * NS, [[400.0, 90.0]], speed=5.0, course=1.5, heading=1.5)
    assert outcome.tolist() == [tracking.TAKEN]
    assert tracks.heading_rad[0] == pytest.approx(1.5)


def test_a_trailer_follows_its_tractor_round_a_bend():
    fleet, tracks = yard_of("terminal_tractor")
    truth = np.array([[0.0, 0.0, 0.0, 4.0, 0.3]])
    for step in range(1, 41):
        truth = motion.moved(truth, np.array([STEP_S]))
        x, y, h, v, w = truth[0]
        antenna = [x + 2.9 * np.cos(h), y + 2.9 * np.sin(h)]
        course = h + np.arctan2(w * 2.9, v)
        t_ns = T0 + step * NS // 10
        tracks, _ = fixed(
            fleet, tracks, t_ns, [antenna], speed=np.hypot(v, w * 2.9), course=course, heading=h
        )
        tracks = tracking.at(fleet, tracks, t_ns)
    behind = motion.wrapped(tracks.heading_rad - tracks.trailer_heading_rad)[0]
    # In the steady turn sin(angle) = length * turn / speed = 0.735; after 1.2 rad it is on its way there.
    assert 0.4 < behind < np.arcsin(0.735)


def test_a_track_may_be_kept_and_read_back():
    fleet, tracks = yard_of("reach_stacker")
    tracks, _ = fixed(fleet, tracks, T0, [[0.5, 0.0]], speed=5.0, course=0.0, heading=0.0)
    tracks = tracking.at(fleet, tracks, T0 + NS // 10)
    copy = codec.decode(codec.encode(tracks))
    step = {"speed": 5.0, "course": 0.0, "heading": 0.0}
    one, _ = fixed(fleet, tracks, T0 + NS // 5, [[1.5, 0.0]], **step)
    other, _ = fixed(fleet, copy, T0 + NS // 5, [[1.5, 0.0]], **step)
    assert one.x_m.tobytes() == other.x_m.tobytes()
