"""Vehicles that drive about a yard, and what their receivers, wheels and gyros say of it.

The "yard" noise: 1 cm white, beside stacks (half the time) a Gauss-Markov part of 2 cm over 20 s, a dropout
of 5 s a minute, a float solution of 25 cm for 8 s every 200 s, a wrong fix of 0.4 to 3 m that is still
called fixed for 2 to 12 s every 300 s. Wheels: the mean speed since the word before, 2 cm/s white and
0.5 % of scale. Gyro: the mean rate, 0.1 deg/s white and 0.3 deg/s bias. Heading of two antennas: 0.15 deg.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.fleet.epochs import Epochs
from twin.fleet.kinds import KIND_NAMES, KINDS

NS = 1_000_000_000
T0_NS = 1_800_000_000 * NS
STEP_S = 0.1
WHITE_M, SLOW_M, SLOW_S = 0.01, 0.02, 20.0
FLOAT_M, FLOAT_S, FLOAT_EVERY_S = 0.25, 8.0, 200.0
LOST_S, LOST_EVERY_S = 5.0, 60.0
WRONG_M, WRONG_S, WRONG_EVERY_S = (0.4, 3.0), (2.0, 12.0), 300.0
BESIDE_S = 30.0
"""Mean stay beside stacks, and away from them."""
CLEAN, BESIDE, FLOAT, WRONG, LOST = range(5)
"""What a fix of an epoch is like."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Instant:
    """The truth of n vehicles at one instant, and what they say of it.

    ``pose`` is (3, n): x, y, heading of the origins; ``fate`` (n,) what each fix is like.
    """

    t_ns: int
    pose: Floats
    fate: NDArray[np.int8]
    said: Epochs


class Vehicles:
    """Vehicles on ways of their own: they speed up, turn, stop and wait.

    Parameters
    ----------
    n : int
    seed : int
    tells : bool
        Whether receivers know how good they are where stacks are near; else they say 2 cm all the time.
    wheels, heading : bool
        Whether there are odometers and gyros, and second antennas.
    """

    def __init__(
        self, n: int, seed: int, *, kind: str = "terminal_tractor", tells: bool = True, wheels: bool = True,
        heading: bool = True,
    ) -> None:  # fmt: skip
        self.n, self.rng = n, np.random.default_rng(seed)
        self.kind = np.full(n, KIND_NAMES.index(kind), np.int8)
        self.lever = np.array(KINDS[kind].antenna_m[:2])
        self.tells, self.wheels, self.heading = tells, wheels, heading
        rng = self.rng
        self.pose = np.stack((rng.uniform(0, 700, n), rng.uniform(0, 400, n), rng.uniform(-3, 3, n)))
        self.speed, self.turn = np.zeros(n), np.zeros(n)
        self.wanted_mps, self.bend = np.zeros(n), np.zeros(n)
        self.left_s = rng.uniform(0, 5, n)
        self.meanwhile = self.speed, self.turn
        self.bend_left_s = np.zeros(n)
        self.scale = 1.0 + rng.normal(0, 0.005, n)
        self.gyro_bias = rng.normal(0, np.radians(0.3), n)
        self.slow = rng.standard_normal((2, n))
        self.beside = rng.random(n) < 0.5
        self.until = {name: np.zeros(n) for name in ("float", "lost", "wrong")}
        self.float_error, self.wrong = np.zeros((2, n)), np.zeros((2, n))
        self.step = 0

    def next(self) -> Instant:
        """Drive on by a step and measure."""
        self._drive()
        self.step += 1
        now_s = self.step * STEP_S
        fate, sigma = self._fates(now_s)
        return self._said(now_s, fate, sigma)

    def _drive(self) -> None:
        rng, n = self.rng, self.n
        self.left_s -= STEP_S
        new = self.left_s <= 0
        speeds = np.array([0.0, 1.5, 3.0, 5.0, 6.9])
        self.wanted_mps = np.where(new, speeds[rng.integers(0, 5, n)], self.wanted_mps)
        self.left_s = np.where(new, rng.uniform(5, 30, n), self.left_s)
        self.bend_left_s -= STEP_S
        begin = (self.bend_left_s < -10) & (rng.random(n) < 0.05)
        self.bend = np.where(begin, rng.choice([-1.0, 1.0], n) / rng.uniform(9, 40, n), self.bend)
        self.bend_left_s = np.where(begin, rng.uniform(3, 8, n), self.bend_left_s)
        bend = np.where(self.bend_left_s > 0, self.bend, 0.0)
        limit = np.where(bend != 0, np.minimum(self.wanted_mps, 4.0), self.wanted_mps)
        before, turned = self.speed, self.turn
        self.speed = before + np.clip(limit - before, -0.8 * STEP_S, 0.6 * STEP_S)
        aim = bend * self.speed
        self.turn = turned + np.clip(aim - turned, -0.5 * STEP_S, 0.5 * STEP_S)
        v, w = (before + self.speed) / 2, (turned + self.turn) / 2
        middle = self.pose[2] + w * STEP_S / 2
        self.meanwhile = v, w
        self.pose = self.pose + STEP_S * np.stack((v * np.cos(middle), v * np.sin(middle), w))

    def _fates(self, now_s: float) -> tuple[NDArray[np.int8], Floats]:
        rng, n, until = self.rng, self.n, self.until
        self.beside ^= rng.random(n) < STEP_S / BESIDE_S
        keep = np.exp(-STEP_S / SLOW_S)
        self.slow = keep * self.slow + np.sqrt(1 - keep**2) * rng.standard_normal((2, n))
        self.float_error = keep * self.float_error + np.sqrt(1 - keep**2) * rng.standard_normal((2, n))
        for name, every, length in (
            ("float", FLOAT_EVERY_S, np.full(n, FLOAT_S)), ("lost", LOST_EVERY_S, np.full(n, LOST_S)),
            ("wrong", WRONG_EVERY_S, rng.uniform(*WRONG_S, n)),
        ):  # fmt: skip
            begins = (until[name] <= now_s) & (rng.random(n) < STEP_S / (every - length.mean()))
            begins &= now_s > 5.0
            until[name] = np.where(begins, now_s + length, until[name])
            if name == "wrong":
                size, way = rng.uniform(*WRONG_M, n), rng.uniform(-np.pi, np.pi, n)
                off = size * np.stack((np.cos(way), np.sin(way)))
                self.wrong = np.where(begins, off, self.wrong)
            if name == "float":
                self.float_error = np.where(begins, rng.standard_normal((2, n)), self.float_error)
        fate = np.where(self.beside, BESIDE, CLEAN)
        fate = np.where(until["wrong"] > now_s, WRONG, fate)
        fate = np.where(until["float"] > now_s, FLOAT, fate)
        fate = np.where(until["lost"] > now_s, LOST, fate).astype(np.int8)
        known = np.where(self.beside, np.hypot(WHITE_M, SLOW_M), WHITE_M) if self.tells else np.full(n, 0.02)
        return fate, np.where(fate == FLOAT, FLOAT_M, known)

    def _said(self, now_s: float, fate: NDArray[np.int8], sigma: Floats) -> Instant:
        rng, n = self.rng, self.n
        heading = self.pose[2]
        c, s = np.cos(heading), np.sin(heading)
        arm = np.stack((c * self.lever[0] - s * self.lever[1], s * self.lever[0] + c * self.lever[1]))
        error = WHITE_M * rng.standard_normal((2, n))
        error += np.where(self.beside, SLOW_M, 0.0) * self.slow
        error += np.where(fate == FLOAT, FLOAT_M, 0.0) * self.float_error
        error += np.where(fate == WRONG, self.wrong, 0.0)
        here = fate != LOST
        xy = np.where(here, self.pose[:2] + arm + error, np.nan)
        velocity = np.stack((self.speed * c - self.turn * arm[1], self.speed * s + self.turn * arm[0]))
        velocity += 0.03 * rng.standard_normal((2, n))
        fast = np.hypot(*velocity)
        t_ns = T0_NS + round(now_s * NS)
        course = np.where(here & (fast > 0.2), np.arctan2(velocity[1], velocity[0]), np.nan)
        nose = heading + np.radians(0.15) * rng.standard_normal(n)
        gone, turned = self.meanwhile
        wheels = gone * self.scale + 0.02 * rng.standard_normal(n)
        gyro = turned + self.gyro_bias + np.radians(0.1) * rng.standard_normal(n)
        nan = np.full(n, np.nan)
        said = Epochs(
            np.arange(n, dtype=np.int32), np.full(n, t_ns), xy[0], xy[1], np.where(here, sigma, np.nan),
            np.where(here, fast, np.nan), course,
            np.where(here & self.heading, nose, np.nan),
            np.where(here, np.where(fate == FLOAT, 5, 4), -1).astype(np.int8),
            wheels if self.wheels else nan, gyro if self.wheels else nan,
        )  # fmt: skip
        if not self.wheels:
            said = said.take(here)
        return Instant(t_ns, self.pose.copy(), fate, said)
