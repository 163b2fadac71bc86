"""Checks the licences, sources and versions of all that Cargo.lock brings into a build.

    python3 scripts/check_dependencies.py

Crates that only other systems need are in Cargo.lock, but never in the binary; they are not examined.
"""

import json
import re
import subprocess
import sys

# Permissive licences only. Any other is refused, so GPL, LGPL and AGPL are.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "OpenSSL",
    "PostgreSQL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
}
TARGETS = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")


def is_allowed(expression):
    """Evaluates an SPDX expression. AND binds closer than OR; '/' is an old way to write OR."""
    terms = re.findall(r"[()]|[^\s()]+", (expression or "").replace("/", " OR "))
    try:
        return _any_of(terms) and not terms
    except IndexError:  # it ends too soon
        return False


def _any_of(terms):
    allowed = _all_of(terms)
    while terms[:1] == ["OR"]:
        terms.pop(0)
        allowed = _all_of(terms) or allowed
    return allowed


def _all_of(terms):
    allowed = _licence(terms)
    while terms[:1] == ["AND"]:
        terms.pop(0)
        allowed = _licence(terms) and allowed
    return allowed


def _licence(terms):
    name = terms.pop(0)
    if name == "(":
        allowed = _any_of(terms)
        return terms.pop(0) == ")" and allowed
    if terms[:1] == ["WITH"]:
        name = " ".join([name, terms.pop(0), terms.pop(0)])
    return name in ALLOWED


def faults(metadata):
    """Yields a sentence for each package that may not stay, given what `cargo metadata` prints."""
    members = set(metadata["workspace_members"])
    for package in metadata["packages"]:
        name = f"{package['name']} {package['version']}"
        if not is_allowed(package["license"]):
            yield f"{name} has the licence {package['license']!r}, which is not on the list."
        if package["id"] in members:
            for dependency in package["dependencies"]:
                if dependency["req"] == "*" and not dependency.get("path"):
                    yield f"{name} depends on any version of {dependency['name']}."
        elif not (package["source"] or "").startswith("registry+"):
            yield f"{name} comes from {package['source'] or 'a path outside the workspace'}, not from the registry."


def main():
    platforms = [f"--filter-platform={target}" for target in TARGETS]
    command = ["cargo", "metadata", "--locked", "--format-version=1", *platforms]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    found = list(faults(metadata))
    print(*found, sep="\n", file=sys.stderr, end="\n" if found else "")
    if found:
        sys.exit(1)
    print(f"{len(metadata['packages'])} packages: licences, sources and versions are as they should be")


if __name__ == "__main__":
    main()
