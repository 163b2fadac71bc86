"""Reads Rust source: which file imports which, followed through `use`, paths in the code and re-exports.

Items under `#[cfg(test)]` are left out. Macros are not expanded, so an import that exists only in an expansion is
not seen.
"""

import re
import tomllib

TOKEN = re.compile(r"""
    (?P<skip> \s+ | //[^\n]* | /\*.*?\*/ )
  | (?P<text> [bc]?r(?P<hashes>\#*)".*?"(?P=hashes) | [bc]?"(?:\\.|[^"\\])*" | b?'(?:\\[^']+|\\'|[^'\\])' )
  | '\w+ | (?:r\#)?\w+ | :: | .""", re.VERBOSE | re.DOTALL)


class Module:
    """A module of a crate: `root` is the crate's, `parent` the one around it."""

    def __init__(self, file, parent=None):
        self.file, self.parent = file, parent
        self.root = parent.root if parent else self
        self.children, self.names, self.globs = {}, {}, []  # modules inside, `use` by name, `use …::*`
        self.items, self.macros = set(), {}  # what it defines; in a crate's root, `#[macro_export]` by name
        self.paths = []  # (segments, line): everything it names with a path


class Tree:
    """All crates below a directory, with every import resolved to a file."""

    def __init__(self, top):
        self.top, self.crates, self.modules, self.facades = top, {}, [], set()
        for manifest in [top / "Cargo.toml", *sorted(top.glob("crates/*/Cargo.toml")), top / "benches/tools/Cargo.toml"]:
            source = manifest.parent / "src"
            if not source.is_dir():
                continue
            name = tomllib.loads(manifest.read_text())["package"]["name"].replace("-", "_")
            if (source / "lib.rs").exists():
                self.crates[name] = self.read(source / "lib.rs", source)
            for main in [source / "main.rs", *source.glob("bin/*.rs"), *source.glob("bin/*/main.rs")]:
                if main.exists():
                    self.read(main, main.parent)
        # (from file, to file or None, name or full path, line)
        self.imports = [(module.file, *self.resolve(module, path), line)
                        for module in self.modules for path, line in module.paths]

    def name(self, path):
        return str(path.relative_to(self.top))

    def read(self, path, folder, parent=None):
        """Reads a file into a module, and the files of its modules, which lie in `folder`."""
        module = Module(self.name(path), parent)
        self.modules.append(module)
        declared = Reader(self, module, without_tests(tokens(path.read_text()))).read()
        for child in declared:
            inside = folder / child
            candidates = [folder / f"{child}.rs", inside / "mod.rs"]
            found = next((candidate for candidate in candidates if candidate.exists()), None)
            if found:
                module.children[child] = self.read(found, inside, module)
        return module

    def resolve(self, module, path, seen=frozenset()):
        """The file and the name that a path leads to; no file and the full path when that is outside."""
        found, rest = self.find(module, path, seen)
        return (found.file, rest[0] if rest else "") if found else (None, "::".join(rest))

    def find(self, module, path, seen):
        first, rest = path[0], path[1:]
        if first in ("crate", "self", "super"):
            start = {"crate": module.root, "self": module, "super": module.parent or module}[first]
            while rest[:1] == ["super"] and first != "crate":
                start, rest = start.parent or start, rest[1:]
            return self.walk(start, rest, seen)
        if first in module.children or first in module.names:
            return self.walk(module, path, seen)
        if first in self.crates:
            return self.walk(self.crates[first], rest, seen)
        return None, path

    def walk(self, module, path, seen):
        if not path:
            return module, []
        first, rest = path[0], path[1:]
        if first in module.children:
            return self.walk(module.children[first], rest, seen)
        key = (id(module), first)
        if first in module.names and first not in module.items and key not in seen:
            found, left = self.find(module, module.names[first], seen | {key})
            if found is None or left:
                return found, [*left, *rest]
            return self.walk(found, rest, seen | {key})
        if first in module.macros:
            return module.macros[first], path
        for glob in module.globs:
            if key in seen or first in module.items:
                break
            found, left = self.find(module, glob, seen | {key})
            if found and not left and (first in found.items or first in found.children or first in found.names):
                return self.walk(found, path, seen | {key})
        return module, path


class Reader:
    """Reads the tokens of one file: its modules, its `use` statements, and the paths in its code."""

    def __init__(self, tree, module, tokens):
        self.tree, self.module, self.tokens, self.at = tree, module, tokens, 0

    def text(self, ahead=0):
        place = self.at + ahead
        return self.tokens[place][0] if 0 <= place < len(self.tokens) else ""

    def read(self):
        """Fills the module, and returns the names of its modules in other files."""
        outer, declared, depth, inline, only_imports = self.module, [], 0, [], True
        while self.at < len(self.tokens):
            text = self.text()
            if text == "#" and self.text(1) in ("[", "!"):
                exported = self.skip_attribute()
                if exported and self.text() == "macro_rules":
                    self.module.root.macros[self.text(2)] = self.module
                continue
            if text == "mod" and self.text(2) == ";":
                declared.append(self.text(1))
                self.at += 3
            elif text == "mod" and self.text(2) == "{":
                child = Module(outer.file, self.module)
                self.tree.modules.append(child)
                self.module.children[self.text(1)] = child
                inline.append((depth, self.module))
                self.module, depth, only_imports = child, depth + 1, False
                self.at += 3
            elif text == "use" and self.text(1) != "<":
                self.at += 1
                self.read_use([])
                self.at += 1
            elif text == "pub":
                self.at += 4 if self.text(1) == "(" and self.text(3) == ")" else 1
            else:
                only_imports = False
                depth += {"{": 1, "}": -1}.get(text, 0)
                if inline and depth == inline[-1][0]:
                    self.module = inline.pop()[1]
                self.read_code(text)
        if only_imports:
            self.tree.facades.add(outer.file)
        return declared

    def skip_attribute(self):
        """True for `macro_export`. What an attribute names is not looked at."""
        begin, depth = self.at, 0
        while True:
            self.at += 1
            depth += {"[": 1, "]": -1}.get(self.text(), 0)
            if depth == 0 and self.text() == "]" or not self.text():
                self.at += 1
                return any(text == "macro_export" for text, _ in self.tokens[begin:self.at])

    def read_use(self, prefix):
        """One branch of a `use`, up to the `,`, `}` or `;` behind it."""
        path, line = list(prefix), self.tokens[self.at][1]
        while True:
            text = self.text()
            if text == "{":
                self.at += 1
                while self.text() not in ("}", ""):
                    self.read_use(path)
                    self.at += self.text() == ","
                self.at += 1
                return
            if text == "*":
                self.module.globs.append(path)
                self.module.paths.append((path, line))
                self.at += 1
                return
            if text in (",", "}", ";", ""):
                break
            if text == "as":
                self.bind(path, self.text(1), line)
                self.at += 2
                return
            if text != "::":
                path = [*path, text]
            self.at += 1
        if len(path) > 1 and path[-1] == "self":
            path = path[:-1]
        self.bind(path, path[-1], line)

    def bind(self, path, name, line):
        if path != [name]:
            self.module.names[name] = path
            self.module.paths.append((path, line))

    def read_code(self, text):
        line = self.tokens[self.at][1]
        if text in ("fn", "struct", "enum", "trait", "type", "const", "static", "union"):
            self.module.items.add(self.text(1))
        elif text == "macro_rules":
            self.module.items.add(self.text(2))
        elif re.match(r"\w", text) and self.text(1) == "::" and self.text(-1) not in ("::", "."):
            path = [text]
            while self.text(1) == "::" and re.match(r"\w", self.text(2)):
                path.append(self.text(2))
                self.at += 2
            self.module.paths.append((path, line))
        self.at += 1


def tokens(text):
    """(token, line) of Rust code, without comments; a literal is only `""`."""
    found, line = [], 1
    for match in TOKEN.finditer(text):
        if match["skip"] is None:
            found.append(('""' if match["text"] else match[0].removeprefix("r#"), line))
        line += match[0].count("\n")
    return found


def without_tests(tokens):
    """Leaves out every item under `#[cfg(test)]`."""
    kept, at, texts = [], 0, [text for text, _ in tokens]
    while at < len(tokens):
        if texts[at:at + 7] != ["#", "[", "cfg", "(", "test", ")", "]"]:
            kept.append(tokens[at])
            at += 1
            continue
        at, depth, is_use = at + 7, 0, False
        while at < len(tokens):
            is_use = is_use or texts[at] == "use"
            depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(texts[at], 0)
            at += 1
            if depth == 0 and (texts[at - 1] == ";" or texts[at - 1] == "}" and not is_use):
                break
    return kept
