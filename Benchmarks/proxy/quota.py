"""A part of one processor for the proxy and another processor for everybody else, so that sipp on the same machine can
offer more than the proxy can carry. And the question it is for: how much is that?
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from calls import Callee, Outcome, make_calls
from subjects import Failed, Subject

# Short periods: with the kernel's usual 100 ms a proxy that has used its part would be silent for most of a T1.
PERIOD_MICROSECONDS = 10_000
# A run whose generator was busier than this says more about sipp than about the proxy.
GENERATOR_LIMIT = 0.80
PROXY_CPU, GENERATOR_CPU = 0, 1
ON_GENERATOR_CPU = ("taskset", "-c", str(GENERATOR_CPU))


@contextlib.contextmanager
def quota(percent: int) -> Iterator[tuple[str, ...]]:
    """A control group of `percent` of one processor; gives the words to put before a command that is to run in it, and
    on the first processor. Version 2 and version 1 of the kernel's interface; needs root."""
    if (os.cpu_count() or 1) < 2:
        raise Failed("one processor for the proxy and another for sipp are needed")
    microseconds = PERIOD_MICROSECONDS * percent // 100
    folder = None
    try:
        folder = make_group(microseconds)
        enter = ("sh", "-c", 'echo $$ >"$0" && exec "$@"', str(folder / "cgroup.procs"))
        yield (*enter, "taskset", "-c", str(PROXY_CPU))
    finally:
        if folder is not None:
            remove_group(folder)


def make_group(microseconds: int) -> Path:
    name = f"ifsip-bench-{os.getpid()}"
    try:
        for line in Path("/proc/mounts").read_text().splitlines():
            _, place, kind, options, *_ = line.split()
            if kind == "cgroup" and "cpu" in options.split(","):
                folder = Path(place) / name
                folder.mkdir(exist_ok=True)
                (folder / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
                (folder / "cpu.cfs_quota_us").write_text(str(microseconds))
                return folder
            if kind == "cgroup2" and "cpu" in (Path(place) / "cgroup.controllers").read_text().split():
                (Path(place) / "cgroup.subtree_control").write_text("+cpu")
                folder = Path(place) / name
                folder.mkdir(exist_ok=True)
                (folder / "cpu.max").write_text(f"{microseconds} {PERIOD_MICROSECONDS}")
                return folder
    except OSError as error:
        raise Failed(f"no CPU quota can be set here (root, and a writable cgroup, are needed): {error}") from None
    raise Failed("no cgroup with the cpu controller is mounted here")


def remove_group(folder: Path) -> None:
    for _ in range(50):
        try:
            folder.rmdir()
        except OSError:
            time.sleep(0.1)
        else:
            return


def is_loss_free(outcome: Outcome, rate: int, seconds: int) -> bool:
    """Every call completed, in time, and hardly a message had to be sent twice."""
    in_time = outcome.seconds < seconds * 1.05 + 2
    return not outcome.failed and outcome.retransmissions <= rate * seconds / 1000 and in_time


def highest_rate(
    subject: Subject,
    scenario: str,
    seconds: int,
    *,
    digest: bool = False,
    first: int = 200,
    precision: float = 0.05,
    arguments: tuple[str, ...] = (),
    prefix: tuple[str, ...] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[int, float]:
    """The highest rate at which a subject, started anew for each, loses nothing, and how busy sipp was then.

    It goes up by half until something is lost, then halves the gap.
    """
    near = (*ON_GENERATOR_CPU, *prefix)
    best, best_generator, rate, lost = 0, 0.0, first, None
    while True:
        subject.start(digest)
        try:
            with Callee(prefix=ON_GENERATOR_CPU) as callee:
                outcome = make_calls(subject, scenario, rate, rate * seconds, callee, arguments, near)
        finally:
            subject.stop()
        is_good = is_loss_free(outcome, rate, seconds)
        tell(
            f"{rate}/s: {outcome.completed} completed, {outcome.failed} failed, {outcome.retransmissions} sent again, "
            f"sipp {outcome.generator:.0%} busy, others {outcome.others:.0%}"
        )
        if outcome.generator > GENERATOR_LIMIT:
            if not best:
                raise Failed(f"sipp was {outcome.generator:.0%} busy at {rate}/s already: this says nothing")
            lost, is_good = rate, False
        if is_good:
            best, best_generator = rate, outcome.generator
        else:
            lost = rate
        if lost is None:
            rate = rate * 3 // 2
        elif lost - best <= max(1, best * precision) or lost <= 10:
            break
        else:
            rate = (best + lost) // 2
    if not best:
        raise Failed(f"{subject.name}: calls are lost at {lost}/s already")
    return best, best_generator
