"""What can be made worse in a simulated yard, set upon it, and go wrong in it, while it runs."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from sensors.errors import SourceError
from sensors.simulation import fault_words
from sensors.simulation.receiver import NOISES


class Switches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How receivers, radio and network are, and what is done to them; as made, nothing is.

    Attributes
    ----------
    noise : str
        A row of ``receiver.NOISES``; empty: as the simulation was begun.
    multipath : float
        Times the slow error of a vehicle beside stacks.
    blind : bool
        Whether radio-blind zones are blind.
    outage : int
        1: half of the constellations is gone, solutions float; 2: all are gone, there is no fix.
    latency_s, jitter_s : float
        From measurement to reception, and the mean of what comes on top by chance.
    duplicates, late, late_s : float
        Shares of packets that come twice, and that come late by up to ``late_s``.
    target : str
        The machine that is attacked; empty: the first vehicle by its name.
    after_s : float
        What is done to the target begins so long after the simulation; the rest is so from its start.
    jump_m : float
        Its position is off by so much, at once.
    drift_mps : float
        Its position drifts away so fast.
    frozen : bool
        Its receiver repeats a position, while wheels and clock go on.
    wrong_fix_m : float
        For 5 s of every 20 its solution is wrong by so much, and called fixed.
    clock_s : float
        Its receiver's clock is wrong by so much.
    replay_s : float
        What it sent so long ago is sent once more, beside what it sends now.
    duplicate_m : float
        A second device of its name, on the same line, is so far away.
    foreign_m : float
        Another sender, a source of its own, puts it so far away.
    flood_per_s : float
        So many lines a second of machines that do not exist.
    spoof_m : float
        Every receiver is led so far away, at once, as by imitated satellites; from ``after_s`` on as well.
    stops, drives_on, speeding, swings_low, wrong_way, walks, wind_mps
        What happens in the yard itself, of the target or in its way: see
        :class:`twin.operations.mishaps.Mishaps`; from ``after_s`` on as well.
    """

    noise: str = ""
    multipath: float = 1.0
    blind: bool = True
    outage: int = 0
    latency_s: float = 0.05
    jitter_s: float = 0.0
    duplicates: float = 0.0
    late: float = 0.0
    late_s: float = 5.0
    target: str = ""
    after_s: float = 0.0
    jump_m: float = 0.0
    drift_mps: float = 0.0
    frozen: bool = False
    wrong_fix_m: float = 0.0
    clock_s: float = 0.0
    replay_s: float = 0.0
    duplicate_m: float = 0.0
    foreign_m: float = 0.0
    flood_per_s: float = 0.0
    spoof_m: float = 0.0
    stops: bool = False
    drives_on: bool = False
    speeding: float = 0.0
    walks: bool = False
    wrong_way: bool = False
    swings_low: bool = False
    wind_mps: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name, (least, most) in LIMITS.items():
            found, from_ = getattr(self, name), _UNLESS_0.get(name, least)
            if not (least <= found <= most and (found == 0.0 or found >= from_)):
                counted, or_none = fault_words.COUNTED[name], ", or 0" if from_ > least else ""
                raise SourceError(
                    f"fault {name}: expected {from_:g} to {most:g} ({counted}){or_none}, found {found:g}"
                )
        if self.noise not in ("", *NOISES):
            meant = "".join(f"; write {one!r}" for one in fault_words.near(self.noise, NOISES))
            raise SourceError(
                f"fault noise: expected one of {', '.join(NOISES)}, found {self.noise!r}{meant}"
            )

    @property
    def attacks(self) -> bool:
        """Whether anything is done to the target, or beside it."""
        return any(getattr(self, name) for name in _ATTACKS)

    def harmless(self) -> "Switches":
        """Give the same with nothing done to the target."""
        usual = Switches()
        return msgspec.structs.replace(self, **{name: getattr(usual, name) for name in _ATTACKS})


_UNLESS_0 = {"speeding": 1.0}
"""What begins so high where it is on at all."""
LIMITS = {
    "multipath": (0.0, 100.0), "outage": (0, 2), "latency_s": (0.0, 60.0), "jitter_s": (0.0, 60.0),
    "duplicates": (0.0, 1.0), "late": (0.0, 1.0), "late_s": (0.0, 60.0), "jump_m": (0.0, 1e5),
    "after_s": (0.0, 86_400.0),
    "drift_mps": (0.0, 100.0), "wrong_fix_m": (0.0, 1e4), "clock_s": (-1e8, 1e8), "replay_s": (0.0, 7200.0),
    "duplicate_m": (0.0, 1e5), "foreign_m": (0.0, 1e5), "flood_per_s": (0.0, 1e5), "spoof_m": (0.0, 1e5),
    "speeding": (0.0, 5.0), "wind_mps": (0.0, 60.0),
}  # fmt: skip
"""Faults that are counted -> least and greatest value."""
_ATTACKS = (
    "jump_m", "drift_mps", "frozen", "wrong_fix_m", "clock_s", "replay_s", "duplicate_m", "foreign_m",
    "flood_per_s", "spoof_m", "stops", "drives_on", "speeding", "swings_low", "wrong_way", "walks",
    "wind_mps",
)  # fmt: skip

USUAL = fault_words.USUAL
"""What a fault is where only its name is given."""

_WORDS = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


def parse_switches(texts: Sequence[str]) -> Switches:
    """Give the switches of texts such as ``late=0.05``, ``noise=yard`` or ``frozen``.

    Raises
    ------
    SourceError
        Where a name or a value is none; the message says which, and what was expected.
    """
    values: dict[str, Any] = {}
    for text in texts:
        name, equals, word = text.partition("=")
        if name not in Switches.__struct_fields__:
            raise SourceError(fault_words.unknown(text))
        if name not in USUAL and not word:
            counted = fault_words.COUNTED[name]
            raise SourceError(f"fault {text!r}: expected {name}=VALUE, {counted}, found no value")
        values[name] = _value(name, word) if equals else USUAL[name]
    return Switches(**values)


def _value(name: str, word: str) -> Any:
    usual = getattr(Switches(), name)
    if isinstance(usual, str):
        return word
    if isinstance(usual, bool):
        if word.lower() not in _WORDS:
            raise SourceError(f"fault {name}: expected on or off, found {word!r}")
        return _WORDS[word.lower()]
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (isinstance(usual, int) and value != int(value)):
        raise SourceError(fault_words.no_number(name, word))
    return int(value) if isinstance(usual, int) else value
