"""Every command as a row of data: its words, its key, and where it may be used."""

from dataclasses import dataclass
from enum import Flag, auto

from ui.i18n import mark


class Needs(Flag):
    """What must hold before a command can be used."""

    NOTHING = 0
    LIVE = auto()  # what is shown is the yard as it is now: decisions are taken
    ALARM = auto()  # an alarm is selected or stands
    SUGGESTION = auto()  # an open suggestion is selected
    REPLAY = auto()
    EDITING = auto()
    BLOCK = auto()  # a block is selected in the draft
    SELECTION = auto()  # something is selected in the scene


@dataclass(frozen=True, slots=True)
class Action:
    """A command: ``text`` and ``tooltip`` in English, ``shortcut`` as Qt writes it.

    ``workspace`` limits the shortcut to one workspace; empty means everywhere. ``undo`` names the
    command that takes it back, for one that changes something. ``also`` is a second key, of those that
    control rooms expect.
    """

    id: str
    group: str
    text: str
    shortcut: str
    tooltip: str
    needs: Needs = Needs.NOTHING
    workspace: str = ""
    undo: str = ""
    icon: str = ""
    also: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that run it."""
        return (self.shortcut, self.also) if self.also else (self.shortcut,)


_GO, _SEE = mark("Go to"), mark("View")
_WORK, _TIME, _EDIT = mark("Decide"), mark("Replay"), mark("Layout")
_PLAY = Needs.REPLAY

ACTIONS: tuple[Action, ...] = (
    Action("control", _GO, mark("Control workspace"), "Ctrl+1", mark("Follow the yard and decide")),
    Action("plan", _GO, mark("Plan workspace"), "Ctrl+2", mark("Change the layout on a copy")),
    Action("train", _GO, mark("Train workspace"), "Ctrl+3", mark("Replay what was recorded")),
    Action("yard", _GO, mark("Whole yard"), "F2", mark("Fly to where the whole yard is seen")),
    Action("top", _GO, mark("From above"), "F3", mark("Look straight down on the yard")),
    Action("gate_view", _GO, mark("Gate"), "F4", mark("Fly to the gate")),
    Action("quay_view", _GO, mark("Quay"), "F5", mark("Fly to the quay")),
    Action(
        "to_selection", _GO, mark("Fly to selection"), "F",
        mark("Fly to what is selected"),
        Needs.SELECTION,
    ),
    Action("find", _GO, mark("Find..."), "Ctrl+F", mark("Find a box, a machine or a block by its name")),
    Action(
        "follow", _SEE, mark("Follow machine"), "Ctrl+T",
        mark("Keep the selected machine in view, or let it go"),
        Needs.SELECTION, undo="follow",
    ),
    Action("labels", _SEE, mark("Labels"), "Ctrl+L", mark("Show or hide names"), undo="labels"),
    Action("zones", _SEE, mark("Zones"), "Ctrl+B", mark("Show or hide zones"), undo="zones"),
    Action(
        "violations", _SEE, mark("Marks against the rules"), "Ctrl+I",
        mark("Mark the boxes that stand against a rule, or do not"),
        undo="violations",
    ),
    Action(
        "sigma_rings", _SEE, mark("Errors and ages"), "Ctrl+U",
        mark("Show error and age of every machine's position, or only of those in doubt"),
        undo="sigma_rings",
    ),
    Action(
        "heat", _SEE, mark("Where near misses happen"), "Ctrl+H",
        mark("Show on the ground how many near misses happened where, or do not"),
        undo="heat",
    ),
    Action(
        "blind", _SEE, mark("Where nothing is heard"), "Ctrl+Shift+H",
        mark("Cross the ground where machines went unheard of late, or do not"),
        undo="blind",
    ),
    Action(
        "theme", _SEE, mark("Dark or light"), "Ctrl+D",
        mark("Change between the dark and the light theme"),
        undo="theme",
    ),
    Action(
        "language", _SEE, mark("中文 / English"), "Ctrl+Shift+L",
        mark("Change the language of the window"),
        undo="language",
    ),
    Action("palette", _SEE, mark("All commands..."), "Ctrl+K", mark("Search every command and run it")),
    Action("shortcuts", _SEE, mark("Keys"), "F1", mark("Show every command with its key")),
    Action("hint", _SEE, mark("First steps"), "Shift+F1", mark("Show where to look first")),
    Action(
        "next_alarm", _WORK, mark("Next alarm"), "N",
        mark("Select the next alarm, the most urgent that nobody has acknowledged first, and fly to it"),
        Needs.ALARM, also="F6",
    ),
    Action(
        "next_violation", _WORK, mark("Next against the rules"), "V",
        mark("Select the next box that stands against a rule and fly to it"),
    ),
    Action(
        "acknowledge", _WORK, mark("Acknowledge"), "A",
        mark("Acknowledge the selected alarms, else the most urgent one; recorded with your name"),
        Needs.LIVE | Needs.ALARM, also="F7",
    ),
    Action(
        "shelve", _WORK, mark("Shelve alarm..."), "Shift+F7",
        mark("Put the selected alarms aside for a time, with a reason; never critical ones"),
        Needs.LIVE | Needs.ALARM, undo="unshelve",
    ),
    Action(
        "unshelve", _WORK, mark("Take alarm back"), "Ctrl+F7",
        mark("Take back the selected shelved alarms, else the one that would stay away longest"),
        Needs.LIVE, undo="shelve",
    ),
    Action(
        "unfold", _WORK, mark("Unfold alarms"), "U",
        mark("List the alarms of one cause under the first of them, or fold them"),
        Needs.ALARM, undo="unfold",
    ),
    Action(
        "alarm_lists", _WORK, mark("Next list of alarms"), "Shift+F6",
        mark("Standing alarms, shelved ones, suppressed ones, all that were raised, the scorecard"),
        undo="alarm_lists",
    ),
    Action(
        "save_alarms", _WORK, mark("Save log of alarms..."), "Ctrl+Shift+E",
        mark("Write every alarm that was raised, who answered it and when, to a CSV file"),
    ),
    Action(
        "next_near_miss", _WORK, mark("Next near miss"), "Shift+N",
        mark("Select the next near miss of the list and fly to it"),
    ),
    Action(
        "replay_near_miss", _WORK, mark("Replay near miss"), "Shift+R",
        mark("Look at the selected near miss again, from ten seconds before"),
        undo="back_live",
    ),
    Action(
        "save_near_misses", _WORK, mark("Save near misses..."), "Ctrl+E",
        mark("Write the near misses that are listed to a CSV file"),
    ),
    Action(
        "next_discrepancy", _WORK, mark("Next discrepancy"), "D",
        mark("Select the next of what sensors and list disagree on and fly to it"),
    ),
    Action(
        "settle_sensors", _WORK, mark("Sensors are right"), "Ctrl+Shift+S",
        mark("Settle the selected discrepancy, with your name: the box is where the sensors found it"),
        Needs.LIVE, undo="reopen",
    ),
    Action(
        "settle_list", _WORK, mark("List is right"), "Ctrl+Shift+D",
        mark("Settle the selected discrepancy, with your name: the box is where the list has it"),
        Needs.LIVE, undo="reopen",
    ),
    Action(
        "settle_slot", _WORK, mark("Box is in the slot typed"), "Ctrl+Shift+B",
        mark("Settle the selected discrepancy, with your name: the box is in the slot that is typed"),
        Needs.LIVE, undo="reopen",
    ),
    Action(
        "reopen", _WORK, mark("Take settling back"), "Ctrl+Shift+O",
        mark("Open the selected settled discrepancy again, else the one you settled last; its box goes back"),
        Needs.LIVE,
    ),
    Action(
        "accept", _WORK, mark("Accept suggestion"), "Ctrl+Return",
        mark("Make work orders of the selected suggestion; it is checked against the yard as it is now"),
        Needs.LIVE | Needs.SUGGESTION,
    ),
    Action(
        "refuse", _WORK, mark("Refuse suggestion"), "Ctrl+Backspace",
        mark("Refuse the selected suggestion; asks for the reason where none is given"),
        Needs.LIVE | Needs.SUGGESTION,
    ),
    Action(
        "elsewhere", _WORK, mark("Put elsewhere..."), "M",
        mark("Put a box of the selected suggestion on another slot; or drag its ghost in the yard"),
        Needs.LIVE | Needs.SUGGESTION, undo="put_back",
    ),
    Action(
        "put_back", _WORK, mark("Put back"), "Ctrl+Z",
        mark("Take back what you decided last: a box put elsewhere, or a discrepancy settled"),
        Needs.LIVE | Needs.SUGGESTION, "control", "elsewhere", "undo",
    ),
    Action(
        "forecast", _WORK, mark("Wind forecast..."), "Ctrl+G",
        mark("Enter the forecast gust: what would stand too high in it is listed against the rules"),
        Needs.LIVE, "control", "forecast",
    ),
    Action(
        "service", _WORK, mark("Out of service"), "Ctrl+Shift+M",
        mark("Take the selected machine out of service, so that it raises no alarms, or put it back"),
        Needs.LIVE | Needs.SELECTION, undo="service",
    ),
    Action(
        "close_area", _WORK, mark("Close or open..."), "Ctrl+Shift+K",
        mark("Close a lane, a zone or a block to vehicles and people, or open it again"),
        Needs.LIVE, undo="close_area",
    ),
    Action(
        "limits", _EDIT, mark("Alarm limits..."), "Ctrl+Shift+A",
        mark("Set from when a rule warns, asks to slow down and to stop, for a place and a kind of machine"),
        Needs.LIVE, undo="limits",
    ),
    Action("open_replay", _TIME, mark("Open journal..."), "Ctrl+J", mark("Replay a recorded journal")),
    Action(
        "replay_now", _TIME, mark("Replay this session"), "R",
        mark("Look at this session again while it goes on"),
    ),
    Action("back_live", _TIME, mark("Back to live"), "Esc", mark("Leave the replay"), _PLAY),
    Action(
        "play", _TIME, mark("Play or pause"), "Space",
        mark("Let time run, or hold it"),
        _PLAY, undo="play", icon="play",
    ),
    Action(
        "step_back", _TIME, mark("Step back"), "Left",
        mark("One recorded tick back"),
        _PLAY, "train", "step_forward", "step-back",
    ),
    Action(
        "step_forward", _TIME, mark("Step forward"), "Right",
        mark("One recorded tick on"),
        _PLAY, "train", "step_back", "step-forward",
    ),
    Action(
        "second_back", _TIME, mark("1 s back"), "Shift+Left",
        mark("Ten recorded ticks back"),
        _PLAY, "train", "second_forward",
    ),
    Action(
        "second_forward", _TIME, mark("1 s on"), "Shift+Right",
        mark("Ten recorded ticks on"),
        _PLAY, "train", "second_back",
    ),
    Action(
        "alarm_before", _TIME, mark("Alarm before"), "Ctrl+Left",
        mark("To the alarm before"),
        _PLAY, "train", icon="previous-alarm",
    ),
    Action(
        "alarm_after", _TIME, mark("Alarm after"), "Ctrl+Right",
        mark("To the next recorded alarm"),
        _PLAY, "train", icon="next-alarm",
    ),
    Action("slower", _TIME, mark("Slower"), ",", mark("Half the speed"), _PLAY, "train", "faster"),
    Action("faster", _TIME, mark("Faster"), ".", mark("Twice the speed"), _PLAY, "train", "slower"),
    Action(
        "faults_off", _TIME, mark("All faults off"), "Ctrl+0",
        mark("Switch off everything that was made worse in the simulated yard"),
        Needs.LIVE, "train",
    ),
    Action(
        "edit", _EDIT, mark("Edit a copy"), "E",
        mark("Copy the live layout and change the copy; the yard is not touched"),
        undo="discard", workspace="plan",
    ),
    Action(
        "discard", _EDIT, mark("Discard draft"), "Ctrl+W",
        mark("Leave the draft; it can be taken up again with Edit a copy"),
        Needs.EDITING, "plan", "edit",
    ),
    Action(
        "undo", _EDIT, mark("Undo"), "Ctrl+Z",
        mark("Take the last edit back"),
        Needs.EDITING, "plan", "redo", "undo",
    ),
    Action(
        "redo", _EDIT, mark("Redo"), "Ctrl+Shift+Z",
        mark("Make the edit again"),
        Needs.EDITING, "plan", "undo", "redo",
    ),
    Action(
        "add_block", _EDIT, mark("Add block"), "Ctrl+N",
        mark("Put a block like the selected one beside it"),
        Needs.EDITING, "plan", "undo", "add",
    ),
    Action(
        "remove_block", _EDIT, mark("Remove block"), "Del",
        mark("Take the selected block out of the draft"),
        Needs.EDITING | Needs.BLOCK, "plan", "undo", "remove",
    ),
    Action(
        "turn_block", _EDIT, mark("Turn by 90°"), "T",
        mark("Turn the selected block by a quarter, counter-clockwise"),
        Needs.EDITING | Needs.BLOCK, "plan", "undo", "turn",
    ),
    Action(
        "rename_block", _EDIT, mark("Rename"), "Ctrl+R",
        mark("Give the selected block another name"),
        Needs.EDITING | Needs.BLOCK, "plan", "undo",
    ),
    Action(
        "next_finding", _EDIT, mark("Next finding"), "F8",
        mark("Fly to the next thing that is wrong with the draft"),
        Needs.EDITING, "plan",
    ),
    Action(
        "open_layout", _EDIT, mark("Open layout..."), "Ctrl+O",
        mark("Open a layout file as the draft"),
        workspace="plan", undo="discard",
    ),
    Action(
        "save_layout", _EDIT, mark("Save as..."), "Ctrl+S",
        mark("Save the draft to a file"),
        Needs.EDITING, "plan",
    ),
    Action(
        "publish", _EDIT, mark("Publish"), "Ctrl+Shift+P",
        mark(
            "Make the draft the live layout; refused where standing boxes would lose their "
            "places. Publish the old layout to go back"
        ),
        Needs.EDITING | Needs.LIVE, "plan", "publish",
    ),
    Action("quit", _SEE, mark("Quit"), "Ctrl+Q", mark("Stop the sources, finish the journal and close")),
)  # fmt: skip
"""All commands, in the order of the menu and the palette."""

NUDGES_M: dict[str, float] = {"": 0.10, "Shift": 1.0, "Alt": 0.01}
"""How far an arrow key moves the selected block [m], by the key held with it."""

_ARROWS = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, 1), "Down": (0, -1)}


def nudge_keys() -> dict[str, tuple[float, float]]:
    """Give the shortcuts that nudge a block in the plan workspace, with their dx and dy [m]."""
    return {
        "+".join(filter(None, (held, key))): (dx * step, dy * step)
        for held, step in NUDGES_M.items()
        for key, (dx, dy) in _ARROWS.items()
    }


def action(action_id: str) -> Action:
    """Give the command of that id; KeyError where there is none."""
    return _BY_ID[action_id]


_BY_ID = {row.id: row for row in ACTIONS}
