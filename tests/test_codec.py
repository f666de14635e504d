import contextlib
import dataclasses
from typing import get_args

import msgspec
import numpy as np
import pytest
import yard_at_work as work
from hypothesis import given
from hypothesis import strategies as st

from twin import codec
from twin.decisions import Acknowledge, Remedy, Settle
from twin.inputs import Event, RawChunk
from twin.safety.table import no_conflicts
from twin.stacking.suggestion import Accept, Offer, Suggestion, SuggestionKind, SuggestionStatus, Term
from twin.tables import digest


@given(
    data=st.binary(max_size=200),
    t_ns=st.integers(0, 2**63 - 1),
    alarms=st.lists(st.integers(0, 2**40), max_size=4),
)
def test_inputs_come_back_as_they_were(data: bytes, t_ns: int, alarms: list[int]) -> None:
    inputs = ((RawChunk("tcp", t_ns, data),), (Acknowledge(tuple(alarms), "li", "controller"),))

    assert codec.decode(codec.encode(inputs)) == inputs


def test_an_offer_comes_back_with_its_enums() -> None:
    suggestion = Suggestion(
        7, SuggestionKind.RELOCATE, "CSQU3054383", (), (Term("relocations", 1.5, "moves", 2.0),), (), 5
    )

    back = codec.decode(codec.encode(Offer(suggestion)))

    assert back == Offer(suggestion)
    assert back.suggestion.status is SuggestionStatus.OFFERED


@pytest.mark.parametrize(("lacks", "read"), [(2, True), (3, False)])
def test_a_word_recorded_before_it_had_its_last_fields_is_read(lacks: int, read: bool) -> None:
    decided = Settle(3, Remedy.LIST, "li", "controller")
    ((name, fields),) = msgspec.msgpack.decode(codec.encode(decided)).items()
    recorded = msgspec.msgpack.encode({name: fields[: len(fields) - lacks]})

    if read:
        assert codec.decode(recorded) == decided
    else:
        with pytest.raises(codec.CodecError, match="expected 8 fields, found 5"):
            codec.decode(recorded)


def test_tables_come_back_bit_for_bit_and_locked() -> None:
    table = no_conflicts().with_columns(time_s=np.array([np.nan, -0.0, 1e-300]))

    back = codec.decode(codec.encode(table))

    assert digest(back) == digest(table)
    with pytest.raises(ValueError, match="read-only"):
        back.time_s[0] = 1.0


def test_a_class_that_is_not_listed_can_neither_be_written_nor_named() -> None:
    with pytest.raises(codec.CodecError, match="found dict"):
        codec.encode({"a": 1})
    with pytest.raises(codec.CodecError, match="Popen"):
        codec.decode(msgspec.msgpack.encode({"Popen": ["ls"]}))


def test_every_event_that_sensors_tell_can_be_written_with_the_state_that_keeps_it() -> None:
    assert {event.__name__ for event in get_args(Event)} <= {cls.__name__ for cls in codec._CLASSES}


def test_an_array_of_objects_is_refused() -> None:
    head = msgspec.msgpack.encode(("|O", (1,)))
    hostile = msgspec.msgpack.Ext(1, len(head).to_bytes(2, "little") + head + bytes(8))

    with pytest.raises(codec.CodecError, match="expected an array of numbers"):
        codec.decode(msgspec.msgpack.encode(hostile))


@given(data=st.binary(max_size=300))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    with contextlib.suppress(codec.CodecError):
        codec.decode(data)


@given(cut=st.integers(0, 60))
def test_cut_records_are_refused(cut: int) -> None:
    whole = codec.encode(Accept(1, "someone with a long name for this test", "controller"))

    with pytest.raises(codec.CodecError):
        codec.decode(whole[: min(cut, len(whole) - 1)])


def test_states_written_one_after_another_have_the_bytes_of_each_alone_also_over_a_new_layout() -> None:
    state = work.state_with(work.A)
    later = work.ticked(state)
    changed = later.with_columns(yard=dataclasses.replace(later.yard, name="another"))
    encoder = codec.Encoder()

    for value in (state, later, changed, later):
        assert encoder.encode((value, b"memory")) == codec.encode((value, b"memory"))
