"""A DNS server with the few records that a test gives it."""

import socket
import struct
import threading

A, SRV = 1, 33


class DNSServer:
    """`records`: by name and type, A as an address, SRV as (priority, weight, port, target). Other names do not exist."""

    def __init__(self, records: dict[tuple[str, int], list], time_to_live: int = 1):
        self.records, self.time_to_live = records, time_to_live
        self.asked: list[tuple[str, int]] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self.socket.getsockname())
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join(5)
        self.socket.close()

    def _run(self) -> None:
        while True:
            question, source = self.socket.recvfrom(4_096)
            if not question:
                return
            self.socket.sendto(self._answer(question), source)

    def _answer(self, question: bytes) -> bytes:
        labels, place = [], 12
        while size := question[place]:
            labels.append(question[place + 1 : place + 1 + size].decode().lower())
            place += 1 + size
        name, end = ".".join(labels), place + 5
        (kind,) = struct.unpack_from("!H", question, place + 1)
        self.asked.append((name, kind))
        found = self.records.get((name, kind), [])
        is_known = any(name == known for known, _ in self.records)
        # Response, recursion desired and available; name error where there is no such name.
        flags = 0x8180 | (0 if is_known else 3)
        head = question[:2] + struct.pack("!HHHHH", flags, 1, len(found), 0, 0)
        body = b"".join(self._record(kind, value) for value in found)
        return head + question[12:end] + body

    def _record(self, kind: int, value) -> bytes:
        data = socket.inet_aton(value) if kind == A else struct.pack("!HHH", *value[:3]) + self._name(value[3])
        return b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, self.time_to_live, len(data)) + data

    @staticmethod
    def _name(text: str) -> bytes:
        return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"
