from __future__ import annotations

import math
import os
import subprocess
import sys
import time

import pytest

from benchmarks.measures import Peak, cpu, cpu_of, family, memory, parent_of, quantile
from tests.faults.waiting import until


@pytest.mark.parametrize(
    ("values", "part", "expected"),
    [([3.0, 1.0, 2.0], 0.5, 2.0), (list(range(1, 101)), 0.95, 95), ([7.0], 0.95, 7.0)],
)
def test_a_quantile_is_one_of_the_values(values: list[float], part: float, expected: float) -> None:
    assert quantile(values, part) == expected


def test_nothing_has_no_quantile() -> None:
    assert math.isnan(quantile([], 0.5))


def test_a_process_is_measured_with_its_children() -> None:
    busy = "import time\nwhile time.process_time() < 0.2: pass"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}]); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        assert parent_of(process.pid) == os.getpid()
        assert process.pid in family(os.getpid())
        # Also when the child has ended: its parent has waited for it.
        until(lambda: cpu([process.pid]) >= 0.2, 30, "the child's CPU is seen")
        until(lambda: family(process.pid) == [process.pid], 30, "the child ended")
        assert cpu([process.pid]) >= 0.2
        assert memory([process.pid]) > 1_000_000
        process.communicate(b"\n")
    assert cpu_of(process.pid) == 0.0
    assert memory([process.pid]) == 0


def test_a_peak_is_remembered() -> None:
    values = iter([1, 5])
    seen = []

    def read() -> int:
        seen.append(value := next(values, 2))
        return value

    with Peak(read, every=0.001) as peak:
        until(lambda: len(seen) > 3, 10, "several looks", every=0.001)
    assert peak.value == 5
    looks = len(seen)
    time.sleep(0.01)
    assert len(seen) == looks
