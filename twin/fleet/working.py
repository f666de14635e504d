"""Beliefs about some machines while messages are taken into them: arrays that may be written to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.fleet.memory import GYRO, LAST, ODOMETER, STILL, Beliefs
from twin.tables import Bytes, Flags, Floats, Longs

X, Y, HEADING, SPEED, YAW_RATE, BIAS_X, BIAS_Y = range(7)


@dataclass(slots=True)
class Working:
    """Columns of :class:`~twin.fleet.memory.Beliefs` about k machines, writable, and their kinds."""

    kind: Bytes
    mean: Floats
    covariance: Floats
    aids: Floats
    marks: Longs

    @classmethod
    def of(cls, beliefs: Beliefs, kind: Bytes) -> "Working":
        """Copy the beliefs about all machines."""
        columns = beliefs.editable("mean", "covariance", "aids", "marks")
        return cls(kind, **columns)

    def some(self, rows: NDArray[np.integer]) -> "Working":
        """Copy those about some machines."""
        return Working(
            self.kind[rows], self.mean[:, rows], self.covariance[:, :, rows], self.aids[:, rows],
            self.marks[:, rows],
        )  # fmt: skip

    def put(self, rows: NDArray[np.integer], other: "Working") -> None:
        """Take over what was found of some machines."""
        self.mean[:, rows] = other.mean
        self.covariance[:, :, rows] = other.covariance
        self.aids[:, rows] = other.aids
        self.marks[:, rows] = other.marks

    def beliefs(self) -> Beliefs:
        """Give them as beliefs; they may not be written to any more."""
        return Beliefs(self.mean, self.covariance, self.aids, self.marks)

    def since_s(self, t_ns: Longs | int) -> Floats:
        """Give how long before an instant each was last heard [s]; 0 for one that never was."""
        last = self.marks[LAST]
        return np.where(last > 0, (t_ns - last) / NS_PER_S, 0.0)

    @property
    def wheels(self) -> Flags:
        """Whose wheels are heard: their third state is what these say too little, as a share."""
        told: Flags = np.isfinite(self.aids[ODOMETER])
        return told

    @property
    def gyro(self) -> Flags:
        """Whose gyro is heard: their fourth state is what it says too little [rad/s]."""
        told: Flags = np.isfinite(self.aids[GYRO])
        return told

    @property
    def still(self) -> Flags:
        """Whose wheels say that they stand."""
        still: Flags = self.aids[STILL] > 0
        return still

    def speed_mps(self) -> Floats:
        """Give the speeds, negative in reverse."""
        u = self.aids[ODOMETER]
        driven = np.where(self.still, 0.0, u) * (1.0 + self.mean[SPEED])
        speed: Floats = np.where(np.isfinite(u), driven, self.mean[SPEED])
        return speed

    def yaw_rate_rps(self) -> Floats:
        """Give the yaw rates."""
        turn: Floats = self.mean[YAW_RATE] + np.nan_to_num(self.aids[GYRO])
        return turn

    def poses(self) -> Floats:
        """Give x, y, heading, speed, yaw rate, (k, 5)."""
        return np.column_stack((*self.mean[:3], self.speed_mps(), self.yaw_rate_rps()))
