"""Checks that the imports between the files of this repository keep to the rules of ARCHITECTURE.md:

    python3 scripts/check_imports.py                 the repository that this file lies in
    python3 scripts/check_imports.py --self-test     the check itself, on small trees with a fault each

Fails on files that import each other in a circle, on imports from a lower layer to a higher one, on diesel, actix,
I/O and clocks outside their places, and on folders that hold too many files.
"""

import collections
import pathlib
import sys
import tomllib

from rust_imports import Tree

# An import goes from a layer to one further down; layers of one line never meet.
LAYERS = [["cli"], ["server"], ["http", "delivery"], ["app"], ["store"]]
# Mechanism names no resource: files of the first folder import none of the second's other folders.
MECHANISM = {"src/store/engine": "src/store", "src/http/boundary": "src/http"}
PURE = ["payerline-domain", "payerline-rulebook"]
# What a pure crate may not name: paths that begin with one of the first list, or contain one of the second.
IMPURE = ["std::fs", "std::net", "std::env", "std::io", "std::process", "std::thread", "std::time::SystemTime",
          "tokio", "diesel", "diesel_migrations", "actix_web", "actix_rt", "reqwest", "getrandom", "rand"]
IMPURE_CALLS = ["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now", "Uuid::new_v4", "Uuid::now_v7"]
MAX_FILES = 20


def circles(edges):
    """The strongly connected parts of a graph {from: {to: …}} that have more than one node (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            part = [stack.pop()]
            while part[-1] != node:
                part.append(stack.pop())
            if len(part) > 1:
                found.append(sorted(part))

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found


def shortest_circle(part, edges):
    """One shortest way from a node of a part back to itself."""
    ways = []
    for start in part:
        queue, seen = collections.deque([[start]]), set()
        while queue:
            way = queue.popleft()
            for other in sorted(edges[way[-1]]):
                if other == start:
                    ways.append([*way, start])
                    queue.clear()
                    break
                if other in part and other not in seen:
                    seen.add(other)
                    queue.append([*way, other])
    return min(ways, key=len)


def explain_circles(what, imports):
    """One message for each circle: all its members, and the lines of one shortest way round."""
    edges = collections.defaultdict(dict)
    for begin, end, where in imports:
        if begin != end:
            edges[begin].setdefault(end, where)
    for part in circles(edges):
        way = shortest_circle(part, edges)
        steps = "".join(f"\n    {edges[a][b]} imports {b}" for a, b in zip(way, way[1:]))
        yield f"{what}: {', '.join(part)}{steps}"


def layer(file):
    """The module of src/ that a file belongs to."""
    parts = pathlib.PurePath(file).with_suffix("").parts
    return parts[1] if len(parts) > 1 and parts[0] == "src" and parts[1] not in ("lib", "main") else None


def check_circles(tree):
    inside = [(begin, end, f"{begin}:{line}") for begin, end, _, line in tree.imports
              if end and not {begin, end} & tree.facades]
    yield from explain_circles("files import each other in a circle", inside)
    layers = [(layer(begin), layer(end), f"{begin}:{line}") for begin, end, _, line in tree.imports
              if end and layer(begin) and layer(end)]
    yield from explain_circles("layers import each other in a circle", layers)


def check_layers(tree):
    ranks = {name: rank for rank, names in enumerate(LAYERS) for name in names}
    for begin, end, name, line in tree.imports:
        above, below = ranks.get(layer(begin)), ranks.get(end and layer(end))
        if None not in (above, below) and layer(begin) != layer(end) and above >= below:
            yield f"{begin}:{line} imports {end}: `{layer(begin)}` is not above `{layer(end)}`"
        if end and layer(begin) == "http" and layer(end) == "store" and name == "Store":
            yield f"{begin}:{line} names `Store`: handlers go through `app`"
        for mechanism, resources in MECHANISM.items():
            own = begin.startswith(f"{mechanism}/") and end and end not in tree.facades
            if own and end.startswith(f"{resources}/") and not end.startswith(f"{mechanism}/"):
                yield f"{begin}:{line} imports {end}: {mechanism} is mechanism and names no resource"


def check_outside(tree):
    pure = tuple(f"crates/{name}/" for name in PURE)
    for begin, end, path, line in tree.imports:
        if end:
            continue
        crate = path.split("::")[0]
        if crate.startswith("diesel") and not begin.startswith("src/store/"):
            yield f"{begin}:{line} names `{path}`: diesel belongs to src/store/"
        if (crate.startswith("actix") or crate == "utoipa_actix_web") and not begin.startswith("src/http/"):
            yield f"{begin}:{line} names `{path}`: actix belongs to src/http/"
        impure = any(f"{path}::".startswith(f"{it}::") for it in IMPURE)
        impure |= any(f"::{it}::" in f"::{path}::" for it in IMPURE_CALLS)
        if impure and begin.startswith(pure):
            yield f"{begin}:{line} names `{path}`: this crate is pure, it has no I/O and no clock"
    for name in PURE:
        manifest = tree.top / "crates" / name / "Cargo.toml"
        named = tomllib.loads(manifest.read_text()).get("dependencies", {}) if manifest.exists() else {}
        for crate in sorted(set(named) & {it.replace("_", "-") for it in IMPURE}):
            yield f"crates/{name}/Cargo.toml depends on `{crate}`: this crate is pure, it has no I/O and no clock"


def check_folders(tree):
    for top in ("src", "crates", "tests", "benches"):
        files = [path for end in ("rs", "py") for path in (tree.top / top).rglob(f"*.{end}") if "target" not in path.parts]
        for folder, count in sorted(collections.Counter(path.parent for path in files).items()):
            if count > MAX_FILES:
                yield f"{tree.name(folder)} holds {count} source files: at most {MAX_FILES}"


def find_faults(top):
    tree = Tree(top)
    if not tree.imports:
        return tree, [f"no import was found below {top}"]
    checks = (check_circles, check_layers, check_outside, check_folders)
    return tree, list(dict.fromkeys(fault for check in checks for fault in check(tree)))


def main():
    if sys.argv[1:] == ["--self-test"]:
        from check_imports_self_test import self_test
        found, right = self_test()
    else:
        tree, found = find_faults(pathlib.Path(__file__).resolve().parent.parent)
        right = f"{len(tree.imports)} imports of {len({module.file for module in tree.modules})} files keep to the rules"
    print("\n".join(found) or right)
    sys.exit(f"faults: {len(found)}" if found else None)


if __name__ == "__main__":
    main()
