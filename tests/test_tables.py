import pickle

import numpy as np
import pytest

from twin.safety.table import no_conflicts
from twin.tables import digest


def test_a_table_that_was_pickled_is_locked_again() -> None:
    table = no_conflicts().with_columns(time_s=np.ones(2))

    back = pickle.loads(pickle.dumps(table))  # noqa: S301 the bytes are our own, of this very line

    assert digest(back) == digest(table)
    with pytest.raises(ValueError, match="read-only"):
        back.time_s[0] = 0.0


def test_tables_that_differ_in_one_bit_have_different_digests() -> None:
    zero = no_conflicts().with_columns(time_s=np.zeros(1))

    assert digest(zero) != digest(zero.with_columns(time_s=np.array([-0.0])))
