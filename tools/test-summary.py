"""Repeats the closing lines of the test runners and sums them in one line.

Usage: test-summary.py UNIT_LOG E2E_LOG. Exits 1 when a test failed, or when a log that is not empty shows no test.
"""

import re
import sys
from pathlib import Path

SWIFT_CLOSING = re.compile(r"Test run with (\d+) tests?.* (passed|failed) after .*")
SWIFT_FAILED = re.compile(r"^\S+ +Test (?!run with ).* failed after ", re.MULTILINE)
SWIFT_SKIPPED = re.compile(r"^\S+ +Test .* skipped", re.MULTILINE)
PYTHON_CLOSING = re.compile(r"^Ran (\d+) tests? in .*$", re.MULTILINE)
PYTHON_VERDICT = re.compile(r"^(OK|FAILED)(?: \((.*)\))?$", re.MULTILINE)


def swift_counts(log: str) -> tuple[int, int, int] | None:
    closing = None
    for closing in SWIFT_CLOSING.finditer(log):
        pass
    if closing is None:
        return None
    print(closing.group(0))
    failed = len(SWIFT_FAILED.findall(log))
    skipped = len(SWIFT_SKIPPED.findall(log))
    if closing.group(2) == "failed":
        failed = max(failed, 1)
    return int(closing.group(1)) - failed - skipped, failed, skipped


def python_counts(log: str) -> tuple[int, int, int] | None:
    closing = PYTHON_CLOSING.search(log)
    verdict = PYTHON_VERDICT.search(log, closing.end()) if closing else None
    if not closing or not verdict:
        return None
    print(closing.group(0))
    print(verdict.group(0))
    parts = dict(re.findall(r"([a-z]+)=(\d+)", verdict.group(2) or ""))
    failed = int(parts.get("failures", 0)) + int(parts.get("errors", 0))
    skipped = int(parts.get("skipped", 0))
    return int(closing.group(1)) - failed - skipped, failed, skipped


def main() -> int:
    totals = [0, 0, 0]
    broken = False
    for path, count in ((sys.argv[1], swift_counts), (sys.argv[2], python_counts)):
        log = Path(path).read_text(errors="replace")
        if not log:
            continue
        counts = count(log)
        if counts is None:
            print(f"{Path(path).name}: the runner did not come to its end")
            broken = True
            continue
        totals = [a + b for a, b in zip(totals, counts)]
    passed, failed, skipped = totals
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if broken or failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
