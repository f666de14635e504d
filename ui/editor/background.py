"""Work beside the window: one thread, the newest question only, answers brought on the window's thread."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from PyQt6.QtCore import QObject, QTimer

AnswerT = TypeVar("AnswerT")
POLL_MS = 25


class Background(QObject, Generic[AnswerT]):
    """Runs a pure function on a thread; an answer that a newer question has overtaken is dropped.

    Parameters
    ----------
    answered : callable
        Takes the answer, on the window's thread.
    failed : callable
        Takes what was raised instead.
    """

    def __init__(
        self,
        answered: Callable[[AnswerT], None],
        failed: Callable[[Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._answered, self._failed = answered, failed
        self._pool = ThreadPoolExecutor(1, "layout-check")
        self._waiting: Future[AnswerT] | None = None
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._waiting is not None

    def ask(self, question: Callable[[], AnswerT]) -> None:
        """Ask; an older question not yet begun is forgotten, the answer to one begun is dropped.

        After :meth:`close` nothing is asked any more.
        """
        if self._closed:
            return
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self._pool.submit(question)
        self._timer.start()

    def close(self) -> None:
        """Wait for what runs and stop the thread."""
        self._closed = True
        self._timer.stop()
        self._waiting = None
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _poll(self) -> None:
        future = self._waiting
        if future is None or not future.done():
            return
        self._waiting = None
        self._timer.stop()
        error = future.exception()
        if isinstance(error, Exception):
            self._failed(error)
        else:
            self._answered(future.result())
