"""The rules of this project that no ready tool checks. Prints one line per finding and exits 1 when there is any.

Usage: lint-rules.py [FOLDER], the repository this file is in unless told.

* imports: every target imports only what tools/lint-imports.txt grants it; protocol targets stay pure
* unsafe: the word stands only in files named `…+Unsafe.swift`; `@unchecked Sendable` carries a comment with the proof
* traps: no `try!`, `as!`, `fatalError(`, `unsafelyUnwrapped` in Sources
* length: a file over 600 lines says why in its first comment
* tracked files: no build products, no resolved package file, nothing binary outside test data
* snippets: a code block under `<!-- file PATH -->` in a Markdown file is that file, to the byte
* links: every relative link in a Markdown file leads to a file, and to a heading where it names one
"""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
NOT_PURE = re.compile(r"^(_?NIO\w*|Foundation\w*|Glibc|Musl|Darwin|Dispatch|_Concurrency)$")
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|private|fileprivate)\s+)?import\s+"
    r"(?:(?:struct|class|enum|protocol|func|var|let|typealias|actor)\s+)?([A-Za-z_]\w*)",
    re.MULTILINE,
)
TRAP = re.compile(r"\btry!|\bas!|\bfatalError\s*\(|\bunsafelyUnwrapped\b")
LINES_LIMIT = 600
BYTES_LIMIT = 1_000_000
FORBIDDEN_FILE = re.compile(
    r"(^|/)(Package\.resolved$|\.build[^/]*/|\.swiftpm/|__pycache__/|crashes/|"
    r"[^/]*\.(o|so|a|dylib|pcap|pcapng|wav|mp4|profdata|profraw|xctest|pyc|log|sqlite)$)"
)
DATA_FOLDER = re.compile(r"(^|/)(corpus|torture|vectors|fixtures|Resources)/")
# Of what only a picture can show; made by a test (Tests/EndToEnd/test_console.py).
PICTURES = {"docs/console.png"}

findings: list[str] = []


def find(path: Path | str, line: int, text: str) -> None:
    shown = path.relative_to(ROOT) if isinstance(path, Path) else path
    findings.append(f"{shown}:{line}: {text}")


def tracked_files() -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    return sorted(name for name in listed if name and (ROOT / name).is_file())


def code_only(text: str) -> str:
    """The source with comments and string literals blanked; line numbers stay. Interpolations are blanked too."""
    out = []
    i, n = 0, len(text)
    while i < n:
        if text.startswith("//", i):
            end = text.find("\n", i)
            i = n if end < 0 else end
        elif text.startswith("/*", i):
            depth, j = 1, i + 2
            while j < n and depth:
                if text.startswith("/*", j):
                    depth, j = depth + 1, j + 2
                elif text.startswith("*/", j):
                    depth, j = depth - 1, j + 2
                else:
                    j += 1
            out.append("\n" * text.count("\n", i, j))
            i = j
        elif opening := re.match(r'(#*)("""|")', text[i : i + 16]):
            hashes, quote = opening.groups()
            j = i + len(opening.group(0))
            closing, escape = quote + hashes, "\\" + hashes
            while j < n and not text.startswith(closing, j):
                if text.startswith(escape, j):
                    j += len(escape) + 1
                elif quote == '"' and text[j] == "\n":
                    break
                else:
                    j += 1
            j = min(n, j + len(closing))
            out.append('""' + "\n" * text.count("\n", i, j))
            i = j
        else:
            out.append(text[i])
            i += 1
    return "".join(out)


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def read_grants() -> dict[str, set[str]]:
    grants: dict[str, set[str]] = {}
    for number, line in enumerate((ROOT / "tools/lint-imports.txt").read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        target, colon, modules = line.partition(":")
        if not colon:
            find("tools/lint-imports.txt", number, "no colon after the target's name")
        grants[target.strip()] = set(modules.split())
    return grants


def target_of(name: str) -> str | None:
    parts = name.split("/")
    if parts[0] != "Sources" or len(parts) < 3:
        return None
    return parts[1] if parts[1] == "ifsip-proxy" else parts[2]


def check_imports(name: str, code: str, grants: dict[str, set[str]]) -> None:
    target = target_of(name)
    for match in IMPORT.finditer(code):
        module, line = match.group(1), line_of(code, match.start(1))
        if "@testable" in match.group(0):
            find(name, line, "@testable import: reach inside with `package` declarations instead")
        if target is None:
            continue
        if target not in grants:
            find(name, line, f"target {target} is not in tools/lint-imports.txt")
        elif "pure" in grants[target] and NOT_PURE.match(module):
            find(name, line, f"{target} is a protocol target and may not import {module}")
        elif module not in grants[target]:
            find(name, line, f"{target} may not import {module} (tools/lint-imports.txt)")


def check_unsafe(name: str, text: str, code: str) -> None:
    if not name.endswith("+Unsafe.swift"):
        for match in re.finditer(r"\bunsafe\b", code):
            find(name, line_of(code, match.start()), "`unsafe` outside a file named …+Unsafe.swift")
    lines = text.splitlines()
    for match in re.finditer(r"@unchecked\s+Sendable", code):
        number = line_of(code, match.start())
        before = lines[max(0, number - 12) : number]
        if not any(line.lstrip().startswith("//") for line in before):
            find(name, number, "@unchecked Sendable without a comment that proves it")


def check_length(name: str, text: str) -> None:
    lines = text.splitlines()
    if len(lines) <= LINES_LIMIT:
        return
    comment = []
    for line in lines:
        if line.lstrip().startswith(("//", "#!", "# ")) or not line.strip():
            comment.append(line)
        else:
            break
    if not re.search(r"\b(lines|long|one file)\b", " ".join(comment), re.IGNORECASE):
        find(name, 1, f"{len(lines)} lines, and the first comment does not say why the file is that long")


def check_tracked(names: list[str]) -> None:
    for name in names:
        path = ROOT / name
        if FORBIDDEN_FILE.search(name):
            find(name, 1, "this kind of file does not belong in the repository")
        elif path.stat().st_size > BYTES_LIMIT:
            find(name, 1, f"{path.stat().st_size:,} bytes; the limit is {BYTES_LIMIT:,}")
        elif not DATA_FOLDER.search(name) and name not in PICTURES and b"\0" in path.read_bytes():
            find(name, 1, "binary file")


def anchors(markdown: str) -> set[str]:
    found = set()
    fenced = False
    for line in markdown.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and (heading := re.match(r"#{1,6}\s+(.*)", line)):
            title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).strip().lower()
            found.add(re.sub(r"[^\w\- ]", "", title).replace(" ", "-"))
    return found


def check_links(name: str, text: str) -> None:
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if fenced:
            continue
        for match in re.finditer(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", line)):
            link = unquote(match.group(1))
            if re.match(r"[a-z][a-z0-9+.-]*:", link):
                continue
            file, _, anchor = link.partition("#")
            target = (ROOT / name).parent / file if file else ROOT / name
            if not target.exists():
                find(name, number, f"link to {link}: no such file")
            elif anchor and target.suffix == ".md" and anchor not in anchors(target.read_text()):
                find(name, number, f"link to {link}: no such heading")


def check_snippets(name: str, text: str) -> None:
    for match in re.finditer(r"<!-- file (\S+) -->\n```\w*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        path = ROOT / match.group(1)
        if not path.is_file() or path.read_text() != match.group(2):
            find(name, line_of(text, match.start()), f"the code block differs from {match.group(1)}")


def main() -> int:
    grants = read_grants()
    names = tracked_files()
    swift_files = 0
    for name in names:
        path = ROOT / name
        if name.endswith(".swift") and name.split("/")[0] in ("Sources", "Tests", "Fuzz", "Benchmarks", "Examples"):
            swift_files += 1
            text = path.read_text()
            code = code_only(text)
            check_imports(name, code, grants)
            check_unsafe(name, text, code)
            check_length(name, text)
            if name.startswith("Sources/"):
                for match in TRAP.finditer(code):
                    find(name, line_of(code, match.start()), f"`{match.group(0)}` in Sources")
        elif name.endswith(".md"):
            check_links(name, path.read_text())
            check_snippets(name, path.read_text())
        elif name.endswith((".py", ".sh", ".c", ".h")):
            check_length(name, path.read_text())
    check_tracked(names)
    for line in findings:
        print(line)
    print(f"{swift_files} Swift files, {len(names)} files in all, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
