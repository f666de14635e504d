"""A receiver on a serial port."""

import time

from sensors.sources.base import LineCutter
from sensors.sources.live import LiveOptions, LiveSource

BAUD = 115_200


class SerialSource(LiveSource):
    """Reads lines from a serial port, and opens it again after it was pulled out.

    Parameters
    ----------
    port : str
        As the system names it: ``/dev/ttyUSB0``, ``COM3``.
    baud : int
        Bits a second; 8 data bits, no parity, one stop bit.
    name : str
    options : LiveOptions
    """

    def __init__(
        self, port: str, *, baud: int = BAUD, name: str = "", options: LiveOptions | None = None
    ) -> None:
        self._port, self._baud = port, baud
        super().__init__(name or port, options or LiveOptions())
        self.start()

    def _session(self) -> tuple[str, bool]:
        import serial

        had_bytes, cutter, heard_s = False, LineCutter(), time.monotonic()
        problem = "closed"
        try:
            with serial.Serial(self._port, self._baud, timeout=0.2, exclusive=True) as port:
                self._say(True, "")
                while not self._closing.is_set():
                    data = port.read(max(1, min(port.in_waiting, 1 << 16)))
                    if data:
                        had_bytes, heard_s = True, time.monotonic()
                        self._take(cutter.feed(data))
                    elif time.monotonic() - heard_s > self._options.hang_s:
                        problem = f"no bytes for {self._options.hang_s:g} s"
                        break
        except (serial.SerialException, OSError, ValueError) as error:
            problem = f"cannot read {self._port}: {error}"
        self._take(cutter.finish(), alive=False)
        return problem, had_bytes
