"""The tools find what they are there to find."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support.proxy import ROOT

LONG = "\n".join(["let x = 1"] * 601) + "\n"


class LintRules(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="ifsip-lint-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        subprocess.run(["git", "init", "-q", str(self.folder)], check=True)
        self.write("tools/lint-imports.txt", "Wire: pure\nReactor: Wire Glibc\n")

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def findings(self) -> list[str]:
        command = [sys.executable, "-B", str(ROOT / "tools/lint-rules.py"), str(self.folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        lines = done.stdout.splitlines()[:-1]
        self.assertEqual(done.returncode, 1 if lines else 0, done.stdout + done.stderr)
        return lines

    def test_clean_tree(self):
        self.write("Sources/Core/Wire/A.swift", 'let a = "import NIO; try! unsafe" // unsafe, try!, as! Int\n')
        self.write(
            "Sources/Server/Reactor/B+Unsafe.swift", "import Glibc\nimport struct Wire.Instant\nlet p = unsafe q\n"
        )
        self.write("README.md", "# A b\n[a](README.md#a-b) [b](https://example.org) `[c](d)`\n")
        self.assertEqual(self.findings(), [])

    def test_each_offence_is_found(self):
        for name, text, expected in (
            ("Sources/Core/Wire/A.swift", "import Foundation\n", "may not import Foundation"),
            ("Sources/Core/Wire/A.swift", "@preconcurrency import NIOCore\n", "may not import NIOCore"),
            ("Sources/Core/Wire/A.swift", "import struct Reactor.Mailbox\n", "may not import Reactor"),
            ("Sources/Server/Other/A.swift", "import Wire\n", "not in tools/lint-imports.txt"),
            ("Tests/WireTests/A.swift", "@testable import Wire\n", "@testable"),
            ("Sources/Core/Wire/A.swift", "let p = unsafe q\n", "`unsafe` outside"),
            ("Tests/WireTests/A.swift", "nonisolated(unsafe) var p = 1\n", "`unsafe` outside"),
            ("Sources/Server/Reactor/A.swift", "final class A: @unchecked Sendable {}\n", "@unchecked"),
            ("Sources/Core/Wire/A.swift", 'let a = try! f("\\"")\n', "`try!`"),
            ("Sources/Core/Wire/A.swift", "let a = b as! Int\n", "`as!`"),
            ("Sources/Core/Wire/A.swift", 'fatalError("no")\n', "`fatalError(`"),
            ("Sources/Core/Wire/A.swift", LONG, "601 lines"),
            ("Package.resolved", "{}\n", "does not belong"),
            (".build-x/a.txt", "x\n", "does not belong"),
            ("data.bin", "a\0b", "binary"),
            ("README.md", "[a](missing.md)\n", "no such file"),
            ("README.md", "# A\n[a](#b)\n", "no such heading"),
            ("README.md", "<!-- file tools/lint-imports.txt -->\n```text\nother\n```\n", "differs"),
        ):
            with self.subTest(name=name, expected=expected):
                self.write(name, text)
                # Added by force: a person's own ignore rules are no excuse for what is tracked.
                subprocess.run(["git", "-C", str(self.folder), "add", "-f", name], check=True)
                found = self.findings()
                self.assertEqual(len(found), 1, found)
                self.assertTrue(found[0].startswith(f"{name}:"), found)
                self.assertIn(expected, found[0])
                (self.folder / name).unlink()


class Corpora(unittest.TestCase):
    """`tools/fuzz` runs every seed first, as libFuzzer does; here only that there are some."""

    def test_every_fuzz_target_has_seeds(self):
        targets = sorted(path for path in (ROOT / "Fuzz").glob("Fuzz*") if path.name != "FuzzSupport")
        self.assertGreaterEqual(len(targets), 40)
        for target in targets:
            with self.subTest(target=target.name):
                self.assertGreaterEqual(len([p for p in (target / "corpus").iterdir() if p.name[0] != "."]), 3)


class Summary(unittest.TestCase):
    UNIT = "✔ Test a() passed after 0.1 seconds.\n➜ Test b() skipped.\n✔ Test run with 5 tests in 2 suites passed after 1.0 seconds.\n"
    E2E = "Ran 7 tests in 3.2s\n\nOK (skipped=2)\n"

    def summary(self, unit: str, e2e: str) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / "unit.txt", Path(folder) / "e2e.txt"]
            for path, text in zip(paths, (unit, e2e), strict=True):
                path.write_text(text)
            command = [sys.executable, "-B", str(ROOT / "tools/test-summary.py"), *map(str, paths)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()[-1]

    def test_sum(self):
        self.assertEqual(self.summary(self.UNIT, self.E2E), (0, "9 passed, 0 failed, 3 skipped"))
        self.assertEqual(self.summary("", self.E2E), (0, "5 passed, 0 failed, 2 skipped"))

    def test_failures_count(self):
        unit = (
            "✘ Test a() failed after 0.1 seconds with 1 issue.\n"
            "✘ Suite S failed after 0.1 seconds with 1 issue.\n"
            "✘ Test run with 5 tests in 2 suites failed after 1.0 seconds with 1 issue.\n"
        )
        self.assertEqual(self.summary(unit, self.E2E), (1, "9 passed, 1 failed, 2 skipped"))
        e2e = "Ran 7 tests in 3.2s\n\nFAILED (failures=1, errors=2)\n"
        self.assertEqual(self.summary(self.UNIT, e2e), (1, "8 passed, 3 failed, 1 skipped"))

    def test_a_runner_that_did_not_end_is_a_failure(self):
        self.assertEqual(self.summary("Building…\n", self.E2E)[0], 1)
        self.assertEqual(self.summary("", "")[0], 1)


if __name__ == "__main__":
    unittest.main()
