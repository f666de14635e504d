import pickle
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

from twin.safety.table import no_conflicts
from twin.tables import Table, digest


def test_a_table_that_was_pickled_is_locked_again() -> None:
    table = no_conflicts().with_columns(time_s=np.ones(2))

    back = pickle.loads(pickle.dumps(table))  # noqa: S301 the bytes are our own, of this very line

    assert digest(back) == digest(table)
    with pytest.raises(ValueError, match="read-only"):
        back.time_s[0] = 0.0


def test_tables_that_differ_in_one_bit_have_different_digests() -> None:
    zero = no_conflicts().with_columns(time_s=np.zeros(1))

    assert digest(zero) != digest(zero.with_columns(time_s=np.array([-0.0])))


def test_a_column_that_a_table_does_not_have_is_refused_by_name():
    with pytest.raises(TypeError, match=r"Conflicts: expected columns mover, .*, found colour, size"):
        no_conflicts().with_columns(size=1, colour=2)


def test_what_is_worked_out_from_columns_is_worked_out_again_of_others():
    @dataclass(frozen=True, eq=False)
    class Row(Table):
        a: np.ndarray

        @cached_property
        def twice(self):
            return 2 * self.a

    row = Row(np.ones(2))
    assert row.twice[0] == 2.0
    other = row.with_columns(a=np.full(2, 5.0))
    assert other.twice[0] == 10.0
    assert not other.a.flags.writeable
