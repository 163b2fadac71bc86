"""Runs the programs of a measurement, and describes the machine that they ran on."""

import json
import os
import pathlib
import platform
import subprocess

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent


def run(*command, **options):
    """Returns what a program prints. A program that fails ends the measurement."""
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stderr[-2000:]}")
    return done.stdout


# Cargo's own answer, because CARGO_TARGET_DIR and Cargo's configuration may name another directory.
METADATA = json.loads(run("cargo", "metadata", "--no-deps", "--format-version", "1", cwd=ROOT))
TARGET = pathlib.Path(METADATA["target_directory"])
# Of the profile that bench.sh builds.
PROGRAMS = TARGET / "dist"


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 30
    return f"{os.cpu_count()} cores of {model}, {memory} GiB, Linux {platform.release().split('-')[0]}"
