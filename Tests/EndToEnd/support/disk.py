"""A disk that is really small, and really gets full."""

import os
import subprocess
import tempfile
from pathlib import Path


class SmallDisk:
    """A tmpfs of some MiB at a place of its own. Wants the right to mount: `SmallDisk.reason()` says why it has none."""

    def __init__(self, mebibytes: int):
        self.path = Path(tempfile.mkdtemp(prefix="ifsip-disk-"))
        self._mount(self.path, mebibytes)

    @staticmethod
    def _mount(path: Path, mebibytes: int) -> None:
        command = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "ifsip-test", str(path)]
        subprocess.run(command, check=True, capture_output=True, text=True)

    @classmethod
    def reason(cls) -> str | None:
        """Why no disk can be made here; None: it can."""
        try:
            cls(1).remove()
        except FileNotFoundError:
            return "no mount here"
        except subprocess.CalledProcessError as error:
            return f"a small disk cannot be mounted here (root can): {error.stderr.strip()}"
        return None

    @property
    def _filler(self) -> Path:
        return self.path / "filler"

    def fill(self) -> None:
        """Leaves no block free."""
        with self._filler.open("ab", buffering=0) as file:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    continue
            os.fsync(file.fileno())

    def make_room(self) -> None:
        self._filler.unlink(missing_ok=True)

    def remove(self) -> None:
        subprocess.run(["umount", "-l", str(self.path)], check=False, capture_output=True)
        self.path.rmdir()
