"""All that is wrong with a table of a file: a fault is told and left out, and the rest is looked at again."""

import copy
from collections.abc import Mapping
from typing import Any

import msgspec

from sensors.sources.wording import Refusal, Step, at_place, field_of, located, refusal

Steps = tuple[Step, ...]


def converted(data: Any, at: Steps, tables: Mapping[str, Any], key: str) -> tuple[Any, list[Refusal]]:
    """Give what stands at a place of a file as a struct, and all that is wrong with it.

    Parameters
    ----------
    data : object
        What stands in the file.
    at : tuple of str or int
        The place.
    tables : mapping
        Key of a table -> its struct.
    key : str
        Of the table at the place.

    Returns
    -------
    object or None
        With what is wrong left out, as if it had not been stated; None where what must be stated is wrong.
    list of Refusal
        In the order of the file; what must be stated and is not comes last.
    """
    left = copy.deepcopy(at_place(data, at))
    out: list[Refusal] = []
    told: set[Steps] = set()
    while True:
        try:
            return msgspec.convert(left, tables[key]), out
        except msgspec.ValidationError as error:
            said, steps = located(str(error), left, tables)
        missing, unknown = field_of(said)
        lost = (*steps, unknown) if unknown else steps
        if not missing or (*steps, missing) not in told:
            told_of, meant = refusal(said, (*at, *steps), data, tables)
            out.append(told_of)
            told |= {(*steps, meant)} if meant else set()
        told.add(lost)
        if not lost:
            return None, out
        told.add(_drop(left, lost))


def _drop(left: Any, steps: Steps) -> Steps:
    """Leave out what stands at a place, or the list that it is in; give which."""
    inside = at_place(left, steps[:-1])
    if isinstance(inside, list):
        return _drop(left, steps[:-1])
    del inside[steps[-1]]
    return steps
