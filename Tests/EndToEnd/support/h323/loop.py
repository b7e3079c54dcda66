"""One thread that waits for a peer's sockets and timers. What it calls, and what tests ask for, happens under one lock."""

import contextlib
import heapq
import itertools
import selectors
import socket
import threading
import time
import traceback

from .values import prepare

_order = itertools.count()


class Loop:
    """`faults` holds what went wrong on the thread; whoever waits next is told."""

    def __init__(self, name: str):
        prepare()
        self.changed = threading.Condition(threading.RLock())
        self.selector = selectors.DefaultSelector()
        self.timers: list[tuple] = []
        self.faults: list[str] = []
        self.is_closed = False
        self._waking, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self.selector.register(self._woken, selectors.EVENT_READ, lambda: self._woken.recv(64))
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.thread.start()

    def add(self, source: socket.socket, readable) -> None:
        with self.changed:
            self.selector.register(source, selectors.EVENT_READ, readable)
        self._wake()

    def remove(self, source: socket.socket) -> None:
        with self.changed, contextlib.suppress(KeyError, ValueError):
            self.selector.unregister(source)

    def after(self, seconds: float, action) -> None:
        """Calls `action` once; there is no taking it back: it sees for itself whether it is still wanted."""
        with self.changed:
            heapq.heappush(self.timers, (time.monotonic() + seconds, next(_order), action))
        self._wake()

    def wait(self, until, within: float = 5.0, what: str = "what was waited for"):
        """The first value of `until()` that is true."""
        with self.changed:
            value = self.changed.wait_for(lambda: self.faults or until(), within)
            if self.faults:
                raise AssertionError("on the thread of a peer:\n" + "\n".join(self.faults))
            if not value:
                raise AssertionError(f"{what} did not come within {within} s")
            return value

    def close(self) -> None:
        self.is_closed = True
        self._wake()
        self.thread.join(5)
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()
        self.selector.close()
        self._waking.close()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._waking.send(b"\0")

    def _run(self) -> None:
        while not self.is_closed:
            due = self.timers[0][0] - time.monotonic() if self.timers else None
            ready = self.selector.select(None if due is None else max(0.0, due))
            with self.changed:
                for key, _ in ready:
                    # An earlier one may have closed it.
                    if key.fileobj.fileno() >= 0:
                        self._guard(key.data)
                while self.timers and self.timers[0][0] <= time.monotonic():
                    self._guard(heapq.heappop(self.timers)[2])
                self.changed.notify_all()

    def _guard(self, action) -> None:
        try:
            action()
        except Exception:  # noqa: BLE001 - shown to the test that waits
            self.faults.append(traceback.format_exc())
