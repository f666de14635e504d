"""What machines last said of their health, and reefers of their temperatures: the newest word of each."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan

from twin.inputs import Batch, Event, HealthReport, ReeferReading
from twin.state import Reported, State
from twin.stock import reefers as tables
from twin.stock.reefers import Reefers
from twin.stock.table import Stock

MOST = 20_000
"""So many words are kept; beyond, the oldest are forgotten."""
_OF_REEFERS = ("supply_c", "return_c", "setpoint_c", "ambient_c", "powered")


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of all, and what follows from it: each the same object where nothing is new.

    Attributes
    ----------
    words : tuple of Reported
        In the order of their subjects.
    unfit : tuple of str
        Machines whose newest word is that they are not fit for work, in the order of their names.
    reefers : Reefers
    unrecorded : bool
        Whether the journal of the run fails, as the session says.
    """

    words: tuple[Reported, ...]
    unfit: tuple[str, ...]
    reefers: Reefers
    unrecorded: bool


def after(state: State, batch: Batch, stock: Stock) -> Heard:
    """Give what is known after a tick's reports.

    Parameters
    ----------
    state : State
        As the tick before left it.
    batch : Batch
        What came.
    stock : Stock
        As it is now.
    """
    told = [event for event in batch.events if isinstance(event, (HealthReport, ReeferReading))]
    words = heard(state.reported, told) if told else state.reported
    unfit, reefers = state.unfit, state.reefers
    if words is not state.reported:
        # Where the oldest were forgotten, nobody can tell of whom.
        names = None if len(words) >= MOST else {_subject(event) for event in told}
        unfit = _unfit(unfit, words, names)
        reefers = _reefers(reefers, words, names, stock)
    if stock.number is not state.stock.number:
        reefers = tables.located(reefers, stock)
    unrecorded = state.unrecorded if batch.unrecorded is None else batch.unrecorded
    return Heard(words, unfit, reefers, unrecorded)


def _subject(event: HealthReport | ReeferReading) -> str:
    return event.number if isinstance(event, ReeferReading) else event.device


def _unfit(before: tuple[str, ...], words: Sequence[Reported], names: set[str] | None) -> tuple[str, ...]:
    """Name the machines that are not fit for work, where words of some are new; of all where None."""
    if names is None:
        return tuple(one.subject for one in words if one.value is False and one.what == "healthy")
    now = {
        name for name in names if (one := of(words, name).get("healthy")) is not None and one.value is False
    }
    found = tuple(sorted((set(before) - names) | now))
    return before if found == before else found


def _reefers(before: Reefers, words: Sequence[Reported], names: set[str] | None, stock: Stock) -> Reefers:
    """Give the reefers, where words of some subjects are new; of all where None."""
    if names is None:
        names, before = {one.subject for one in words if one.what in _OF_REEFERS}, tables.no_reefers()
    told = []
    for name in sorted(names):
        said = {what: one for what, one in of(words, name).items() if what in _OF_REEFERS}
        if said and len(name) <= tables.NUMBER_BYTES and name.isascii():
            told.append(_row(name, said))
    return tables.with_words(before, tables.reefers_of(told, stock)) if told else before


def _row(name: str, said: dict[str, Reported]) -> tuple[bytes, float, float, float, int, int]:
    supply_c, return_c, setpoint_c = (
        float(said[what].value) if what in said else nan for what in ("supply_c", "return_c", "setpoint_c")
    )
    powered = int(said["powered"].value is True) if "powered" in said else -1
    return name.encode(), supply_c, return_c, setpoint_c, powered, max(one.t_ns for one in said.values())


def heard(known: tuple[Reported, ...], events: Iterable[Event]) -> tuple[Reported, ...]:
    """Give what is known with a tick's reports, however they come.

    Parameters
    ----------
    known : tuple of Reported
        In the order of their subjects.
    events : iterable of Event
        Those that report nothing of health or temperature are passed over.

    Returns
    -------
    tuple of Reported
        The same object where nothing is new.
    """
    out: list[Reported] | None = None
    for one in (one for event in events for one in _reported(event)):
        there: Sequence[Reported] = known if out is None else out
        at = bisect_left(there, _key(one), key=_key)
        said = at < len(there) and _key(there[at]) == _key(one)
        if said and _rank(one) <= _rank(there[at]):
            continue
        out = list(known) if out is None else out
        out[at : at + said] = [one]
    if out is None:
        return known
    if len(out) > MOST:
        out = sorted(sorted(out, key=lambda one: (-one.t_ns, *_key(one)))[:MOST], key=_key)
    return tuple(out)


def _key(one: Reported) -> tuple[str, str]:
    return one.subject, one.what


def of(known: Sequence[Reported], subject: str) -> dict[str, Reported]:
    """Give what is known of one machine or box, by what it is of."""
    begin = bisect_left(known, subject, key=lambda one: one.subject)
    out = {}
    for one in known[begin : begin + len(_OF_REEFERS) + 2]:
        if one.subject == subject:
            out[one.what] = one
    return out


def _rank(one: Reported) -> tuple[int, str]:
    """Order words of one thing: of two of one instant it does not count which came first."""
    return one.t_ns, str(one.value)


def _reported(event: Event) -> list[Reported]:
    match event:
        case HealthReport():
            found = [Reported(event.device, "fault", event.t_ns, event.fault)]
            if event.healthy is not None:
                found.append(Reported(event.device, "healthy", event.t_ns, event.healthy))
            return found
        case ReeferReading():
            values = ((name, getattr(event, name)) for name in _OF_REEFERS)
            return [
                Reported(event.number, name, event.t_ns, value) for name, value in values if value is not None
            ]
        case _:
            return []
