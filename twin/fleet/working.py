"""Beliefs about some machines while messages are taken into them: arrays that may be written to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.fleet.memory import Beliefs
from twin.tables import Bytes, Floats, Longs


@dataclass(slots=True)
class Working:
    """Columns of :class:`~twin.fleet.memory.Beliefs` about k machines, writable, and their kinds.

    The numbers of one machine lie side by side, as there.
    """

    kind: Bytes
    mean: Floats
    covariance: Floats
    aids: Floats
    marks: Longs

    def __post_init__(self) -> None:
        """Lay the numbers of a machine side by side where they are not."""
        self.mean, self.covariance = np.asfortranarray(self.mean), np.asfortranarray(self.covariance)
        self.aids, self.marks = np.asfortranarray(self.aids), np.asfortranarray(self.marks)

    @classmethod
    def of(cls, beliefs: Beliefs, kind: Bytes) -> "Working":
        """Copy the beliefs about all machines."""
        columns = beliefs.editable("mean", "covariance", "aids", "marks")
        return cls(kind, **columns)

    def some(self, rows: NDArray[np.integer]) -> "Working":
        """Copy those about some machines."""
        return Working(
            self.kind[rows], np.take(self.mean, rows, axis=-1), np.take(self.covariance, rows, axis=-1),
            np.take(self.aids, rows, axis=-1), np.take(self.marks, rows, axis=-1),
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
