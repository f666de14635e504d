"""What machines last said of their health, and reefers of their temperatures: the newest word of each."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from twin.inputs import Event, HealthReport, ReeferReading
from twin.state import Reported

MOST = 20_000
"""So many words are kept; beyond, the oldest are forgotten."""
_OF_REEFERS = ("supply_c", "return_c", "setpoint_c", "ambient_c", "powered")


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


class _Same:
    """What was found of one tuple of words: asked again while nothing new is said."""

    known: Sequence[Reported] = ()
    found: tuple[str, ...] = ()


def unwell(known: tuple[Reported, ...]) -> tuple[str, ...]:
    """Name the machines whose newest word is that they are not fit for work."""
    if known is not _Same.known:
        _Same.found = tuple(one.subject for one in known if one.value is False and one.what == "healthy")
        _Same.known = known
    return _Same.found


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
