import threading

from ui import warming


def test_ticks_may_begin_where_nothing_was_to_be_loaded():
    assert warming.done()


def test_ticks_wait_for_what_is_being_loaded_and_then_begin(monkeypatch):
    held = threading.Event()
    monkeypatch.setattr(warming, "load", held.wait)
    warming.begin()
    assert not warming.done()
    held.set()
    warming._loading.join(10.0)
    assert warming.done()
