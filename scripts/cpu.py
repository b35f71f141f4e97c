"""What the CPU is, as far as it can show in the bits of a result."""

import os
import pathlib
import platform
import subprocess

# Instructions that decide which products are computed, and in what order they are summed.
DECIDING = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16")


def cpuinfo(field):
    """The first value of `field` in Linux's list of CPUs; None elsewhere."""
    path = pathlib.Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    values = [line.split(":", 1)[1].strip() for line in lines if line.split(":")[0].strip() == field]
    return values[0] if values else None


def model():
    """The CPU's name."""
    if platform.system() == "Darwin":
        words = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(words, capture_output=True, text=True).stdout.strip()
    return cpuinfo("model name") or platform.machine()


def features():
    """The instructions among DECIDING that the CPU has, after the architecture's name."""
    has = (cpuinfo("flags") or "").split()
    return [platform.machine()] + [name for name in DECIDING if name in has]


def cores():
    """Number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
