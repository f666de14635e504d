from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from twin.yard.history import History


@dataclass(frozen=True)
class Append:
    letter: str

    @property
    def title(self) -> str:
        return f"Append {self.letter}"

    def apply(self, text: str) -> str:
        if self.letter == "!":
            raise ValueError("no exclamations")
        return text + self.letter


class HistoryMachine(RuleBasedStateMachine):
    """Plays a history against two plain stacks."""

    def __init__(self) -> None:
        super().__init__()
        self.history = History("")
        self.past, self.now, self.future = [], "", []
        self.saved = ""
        self.count = 0

    @rule()
    def do(self) -> None:
        letter = chr(ord("a") + self.count % 26)
        self.count += 1
        self.past.append(self.now)
        self.now, self.future = self.now + letter, []
        assert self.history.do(Append(letter)) == self.now

    @rule()
    def fail(self) -> None:
        with pytest.raises(ValueError, match="no exclamations"):
            self.history.do(Append("!"))

    @precondition(lambda self: self.past)
    @rule()
    def undo(self) -> None:
        self.future.append(self.now)
        self.now = self.past.pop()
        assert self.history.undo() == self.now

    @precondition(lambda self: self.future)
    @rule()
    def redo(self) -> None:
        self.past.append(self.now)
        self.now = self.future.pop()
        assert self.history.redo() == self.now

    @rule()
    def save(self) -> None:
        self.saved = self.now
        self.history.mark_saved()

    @invariant()
    def agrees(self) -> None:
        assert self.history.current == self.now
        assert self.history.can_undo == bool(self.past)
        assert self.history.can_redo == bool(self.future)
        assert self.history.dirty == (self.now != self.saved)


TestHistoryAgreesWithTwoStacks = HistoryMachine.TestCase
TestHistoryAgreesWithTwoStacks.settings = settings(max_examples=60, stateful_step_count=30)


def test_undo_at_the_beginning_and_redo_at_the_end_stay_where_they_are() -> None:
    history = History("x")
    assert history.undo() == history.redo() == "x"
    assert (history.undo_title, history.redo_title) == ("", "")


def test_titles_tell_what_undo_and_redo_would_do() -> None:
    history = History("")
    history.do(Append("a"))
    history.do(Append("b"))
    history.undo()
    assert (history.undo_title, history.redo_title) == ("Append a", "Append b")


def test_an_edit_after_undo_forgets_what_was_undone() -> None:
    history = History("")
    history.do(Append("a"))
    history.undo()
    history.do(Append("b"))
    assert not history.can_redo
    assert history.current == "b"


def test_only_so_many_steps_are_kept_and_a_save_before_them_counts_as_lost() -> None:
    history = History("", most=3)
    for letter in "abcde":
        history.do(Append(letter))
    for _ in range(10):
        history.undo()
    assert history.current == "ab"
    assert history.undo_title == ""
    assert history.dirty
