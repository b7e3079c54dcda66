"""An independent reading of the witness chain: what `ifsip-proxy witness verify` must find, written from the contract."""

import hashlib
import json
from pathlib import Path

FIRST = "0" * 64
FIELDS = {
    "seq",
    "time",
    "event",
    "component",
    "trace_id",
    "call_id",
    "method",
    "status",
    "peer",
    "details",
    "prev_hash",
    "hash",
}


def canonical(value) -> bytes:
    """RFC 8785 for what records hold: no fractions, and keys that sort the same by UTF-16 and by code point."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_chain(folder: Path) -> list[dict]:
    """Reads every record and raises at the first that breaks a rule of the format; returns them all."""
    records, previous = [], FIRST
    for segment in sorted((folder / "records").glob("*.jsonl"), key=lambda path: int(path.stem)):
        if int(segment.stem) != len(records):
            raise AssertionError(f"{segment.name} starts at record {len(records)}")
        for line in segment.read_bytes().splitlines(keepends=True):
            record = json.loads(line)
            where = f"record {len(records)}"
            if line != canonical(record) + b"\n":
                raise AssertionError(f"{where} is not one canonical line: {line!r}")
            if len(line) > 65_536 or not record.keys() <= FIELDS or None in record.values():
                raise AssertionError(f"{where}: length, fields or a null: {line!r}")
            if record["seq"] != len(records) or record["prev_hash"] != previous:
                raise AssertionError(f"{where} does not follow the one before it: {line!r}")
            unsealed = {key: value for key, value in record.items() if key != "hash"}
            if hashlib.sha256(canonical(unsealed)).hexdigest() != record["hash"]:
                raise AssertionError(f"{where}: its hash is not that of its content: {line!r}")
            previous = record["hash"]
            records.append(record)
    return records
