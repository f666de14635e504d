import threading
import time

import numba
import pytest

from ui import warming
from ui.compiling import functions_in, keeps, listening, within
from ui.warming import PARTS, Loading


@pytest.fixture
def course(monkeypatch):
    course = warming._Course()
    monkeypatch.setattr(warming, "_course", course)
    return course


def test_ticks_may_begin_where_nothing_was_to_be_loaded():
    assert warming.done()


def test_ticks_wait_for_what_is_being_loaded_and_then_begin(monkeypatch):
    held = threading.Event()
    monkeypatch.setattr(warming, "_load_beside", held.wait)
    warming.begin()
    assert not warming.done()
    held.set()
    warming._loading.join(10.0)
    assert warming.done()


def test_the_compiler_tells_of_a_function_before_it_begins_and_not_once_it_is_there():
    told = []
    twice = numba.njit(lambda x: 2 * x)
    with listening(lambda module, name: told.append(module)):
        assert twice(2) == 4
        assert twice(3) == 6
    assert told == [__name__]
    assert not keeps(twice)


def test_what_is_told_may_leave_the_compiler_also_from_within_a_function_that_is_called():
    inner = numba.njit(lambda x: 2 * x)
    outer = numba.njit(lambda x: inner(x) + 1)
    course = warming._Course()

    def note(module, name):
        course.stopped = len(course.compiled) > 0
        course.note(module, f"{name} {len(course.compiled)}")

    with pytest.raises(warming._Left), listening(note):
        outer(1)
    assert not outer.signatures
    assert not inner.signatures


def test_how_far_loading_is_counts_functions_and_parts_that_are_through_in_full(course):
    course.functions = [4, 1, 1, 1, 3]
    assert warming.so_far().share == 0.0
    course.note("twin.fleet.tracking", "a")
    course.note("twin.series", "of no part")
    assert warming.so_far().share == pytest.approx(0.1)
    course.part = 1
    assert warming.so_far().share == pytest.approx(0.4)
    course.part = len(PARTS)
    told = warming.so_far()
    assert told == Loading(5, 2, 1.0, told.since_s)


def test_functions_are_counted_with_their_package_alone():
    import twin.fleet.angles
    import twin.series  # noqa: F401 - of another part

    assert functions_in("twin.fleet.angles") >= 1
    assert functions_in("twin.fleet") >= functions_in("twin.fleet.angles")
    assert functions_in("twin.flee") == 0
    assert within("sensors", "sensors")
    assert not within("sensors_of", "sensors")


def tell_and_hang(telling):
    telling.send((3, "sensors.numbers", "number"))
    time.sleep(60.0)


def test_what_is_compiled_beside_is_told_and_ends_at_once_where_it_is_stopped(course, monkeypatch):
    monkeypatch.setattr(warming, "_compile", tell_and_hang)
    beside = threading.Thread(target=warming._compile_beside, daemon=True)
    monkeypatch.setattr(warming, "_loading", beside)
    beside.start()
    deadline_s = time.monotonic() + 30.0
    while not course.compiled and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert (course.part, list(course.compiled)) == (3, [("sensors.numbers", "number")])
    warming.stop()
    assert warming.done()
    assert course.beside.exitcode is not None
    assert course.beside.exitcode != 0
