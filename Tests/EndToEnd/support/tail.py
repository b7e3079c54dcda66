"""Reads a growing witness log once, however long it gets: every line is checked as it is first seen."""

import hashlib
import json
from pathlib import Path

from .chain import FIRST, canonical


class LogTail:
    """What has been read of one log. `read()` takes up where it left off and raises at the first fault."""

    def __init__(self, folder: Path):
        self.folder = folder / "records"
        self.count, self.previous = 0, FIRST
        self.path: Path | None = None
        self.offset = 0

    def read(self) -> list[dict]:
        """The whole lines that have come since."""
        found = []
        while True:
            following = self.folder / f"{self.count}.jsonl"
            if following != self.path and following.exists():
                self.path, self.offset = following, 0
            if self.path is None:
                return found
            with self.path.open("rb") as file:
                file.seek(self.offset)
                lines = file.read().splitlines(keepends=True)
            new = [self.check(line) for line in lines if line.endswith(b"\n")]
            self.offset += sum(len(line) for line in lines if line.endswith(b"\n"))
            found += new
            if not new:
                return found

    def check(self, line: bytes) -> dict:
        record = json.loads(line)
        unsealed = {key: value for key, value in record.items() if key != "hash"}
        if line != canonical(record) + b"\n":
            raise AssertionError(f"record {self.count} is not one canonical line: {line!r}")
        if (record["seq"], record["prev_hash"]) != (self.count, self.previous):
            raise AssertionError(f"record {self.count} does not follow the one before it: {line!r}")
        if hashlib.sha256(canonical(unsealed)).hexdigest() != record["hash"]:
            raise AssertionError(f"record {self.count}: its hash is not that of its content: {line!r}")
        self.count, self.previous = self.count + 1, record["hash"]
        return record
