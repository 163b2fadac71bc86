"""Runs the programs that a measurement is made of, and says which machine they ran on."""

import os
import pathlib
import platform
import subprocess

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
RELEASE = ROOT / "target/release"


def run(*command, **options):
    """What a program printed; one that fails ends the measurement."""
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stderr[-2000:]}")
    return done.stdout


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 30
    return f"{os.cpu_count()} cores of {model}, {memory} GiB, Linux {platform.release().split('-')[0]}"
