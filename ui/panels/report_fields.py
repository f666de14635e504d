"""What machines and reefers last reported of themselves, each with its age."""

from twin import reports
from twin.state import Reported, State
from ui.i18n import Texts, mark
from ui.panels.formats import number, span, yes_no

_TEMPERATURES = {
    "supply_c": mark("Supply air"),
    "return_c": mark("Return air"),
    "setpoint_c": mark("Set point reported"),
    "ambient_c": mark("Outside air"),
}


def reefer_fields(state: State, box: str, texts: Texts) -> list[tuple[str, str]]:
    """Give label and value of what a reefer last reported; nothing of a box that reports nothing."""
    found = reports.of(state.reported, box)
    rows = [
        (texts.tr(title), _dated(state, found[what], number(float(found[what].value), 1, "°C"), texts))
        for what, title in _TEMPERATURES.items()
        if what in found
    ]
    if "powered" in found:
        powered = yes_no(texts, bool(found["powered"].value))
        rows.append((texts.tr("Powered"), _dated(state, found["powered"], powered, texts)))
    return rows


def health_fields(state: State, machine: str, texts: Texts) -> list[tuple[str, str]]:
    """Give label and value of how a machine last said that it is; nothing of one that says nothing."""
    found = reports.of(state.reported, machine)
    rows = []
    if "healthy" in found:
        said = texts.tr("healthy") if found["healthy"].value else texts.tr("not healthy")
        rows.append((texts.tr("Health"), _dated(state, found["healthy"], said, texts)))
    if "fault" in found and found["fault"].value:
        fault = texts.tr(str(found["fault"].value))
        rows.append((texts.tr("Fault"), _dated(state, found["fault"], fault, texts)))
    return rows


def _dated(state: State, one: Reported, text: str, texts: Texts) -> str:
    age = span((state.t_ns - one.t_ns) / 1e9, texts)
    return texts.tr("{value}  ({age} ago)", value=text, age=age)
