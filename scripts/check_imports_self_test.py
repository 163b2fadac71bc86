"""The self-test of check_imports.py: a small tree that keeps to the rules, and one with a fault for every rule."""

import pathlib
import tempfile

from check_imports import MAX_FILES, find_faults

# A tree that keeps to every rule.
GOOD = {
    "Cargo.toml": '[package]\nname = "house"\n',
    "src/lib.rs": "pub mod cli; pub mod server; mod http; mod app; mod store;",
    "src/main.rs": "fn main() { house::cli::run() }",
    "src/cli/mod.rs": "use crate::server; pub fn run() { server::serve(store::Store) }",
    "src/server.rs": "pub fn serve() { crate::http::api::routes() }",
    "src/http/mod.rs": "pub mod api; pub mod boundary;",
    "src/http/api.rs": "use actix_web::web; use super::boundary::Body; use crate::{app::submit, store::StoreError};",
    "src/http/boundary.rs": "pub struct Body; // use crate::store::Store;",
    "src/app.rs": "use crate::store::{Store, StoreError}; pub fn submit() {}\n"
                  "#[cfg(test)] mod tests { use crate::http::api; }",
    "src/store/mod.rs": "mod claims; mod engine; pub use self::{engine::{error::StoreError, store::Store}, claims::*};",
    "src/store/claims.rs": "use diesel::prelude::*; use super::StoreError; pub fn insert() {}",
    "src/store/engine/mod.rs": "pub mod error; pub mod store;",
    "src/store/engine/error.rs": "pub enum StoreError { Text } const A: &str = \"use crate::app::submit;\";\n"
                                 "fn f<'a>(it: &'a str) { r#\"a \" crate::app::submit\"# } /* crate::app::submit */",
    "src/store/engine/store.rs": "use super::error::StoreError; pub struct Store; const QUOTE: char = '\"';",
    "crates/payerline-domain/Cargo.toml": '[package]\nname = "payerline-domain"\n[dependencies]\nserde = "1"\n',
    "crates/payerline-domain/src/lib.rs": "use std::time::{Duration, Instant}; pub fn age(now: Instant) {}",
}
# The files that break a rule, by the name of the fault, and a part of the message that must say so.
BAD = {
    "two files in a circle": ({"src/store/engine/error.rs": "use super::store::Store; pub enum StoreError {}"},
                              "src/store/engine/error.rs:1 imports src/store/engine/store.rs"),
    "a circle through a re-export": ({"src/store/engine/error.rs": "pub enum StoreError {}\nuse crate::store::Store;"},
                                     "src/store/engine/error.rs:2 imports src/store/engine/store.rs"),
    "a circle through a glob": ({"src/store/engine/store.rs": "pub struct Store; fn f() { crate::store::insert() }",
                                 "src/store/claims.rs": "use super::Store; pub fn insert() {}"},
                                "files import each other in a circle: src/store/claims.rs, src/store/engine/store.rs"),
    "a circle through a path in the code": ({"src/store/engine/error.rs": "pub enum StoreError { A(super::store::Store) }"},
                                            "files import each other in a circle"),
    "a circle of a module with its child": ({"src/store/engine/mod.rs": "pub mod error; pub mod store; use error::StoreError;"
                                             " pub fn open() {}",
                                             "src/store/engine/error.rs": "pub enum StoreError {} use super::open;"},
                                            "src/store/engine/mod.rs"),
    "layers in a circle": ({"src/telemetry.rs": "use crate::server::serve; pub fn start() {}",
                            "src/lib.rs": GOOD["src/lib.rs"] + "mod telemetry;",
                            "src/server.rs": "pub fn serve() { crate::telemetry::start() }"}, "layers import each other"),
    "an import upwards": ({"src/store/claims.rs": "use crate::app::submit;"}, "`store` is not above `app`"),
    "an import upwards by a function": ({"src/store/claims.rs": "fn f() { crate::app::submit() }"}, "`store` is not above"),
    "mechanism that names a table": ({"src/store/engine/store.rs": "use crate::store::claims::insert; pub struct Store;"},
                                     "src/store/engine is mechanism"),
    "diesel in the application": ({"src/app.rs": "use diesel::prelude::*;"}, "diesel belongs to src/store/"),
    "actix in the application": ({"src/app.rs": "fn f() { actix_web::rt::spawn() }"}, "actix belongs to src/http/"),
    "a store in a handler": ({"src/http/api.rs": "use crate::{app, store::{Store as Rows}};"}, "names `Store`"),
    "a store in a handler, by a module": ({"src/http/api.rs": "use crate::store; fn f(it: store::Store) {}"}, "names `Store`"),
    "a file read by the domain": ({"crates/payerline-domain/src/lib.rs": "use std::{fmt, fs};"}, "names `std::fs`"),
    "a clock in the domain": ({"crates/payerline-domain/src/lib.rs": "use std::time::Instant; fn f() { Instant::now() }"},
                              "names `std::time::Instant::now`"),
    "another clock in the domain": ({"crates/payerline-domain/src/lib.rs": "fn f() { jiff::Timestamp::now() }"},
                                    "names `jiff::Timestamp::now`"),
    "tokio in the domain's manifest": ({"crates/payerline-domain/Cargo.toml": '[package]\nname = "payerline-domain"\n'
                                        '[dependencies]\ntokio = "1"\n'}, "depends on `tokio`"),
    "a folder of many files": ({f"tests/api/t{number}.rs": "" for number in range(MAX_FILES + 1)},
                               f"tests/api holds {MAX_FILES + 1} source files"),
    "a tree without imports": ({path: "" for path in GOOD if path.endswith(".rs")}, "no import was found"),
}


def find_faults_of(files):
    with tempfile.TemporaryDirectory() as directory:
        for path, text in files.items():
            file = pathlib.Path(directory, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return find_faults(pathlib.Path(directory))[1]


def self_test():
    wrong = [f"a good tree is rejected: {fault}" for fault in find_faults_of(GOOD)]
    for name, (files, part) in BAD.items():
        found = find_faults_of(GOOD | files)
        if not any(part in fault for fault in found):
            wrong.append(f"{name}: not noticed; found {found}")
    return wrong, f"the check notices {len(BAD)} of {len(BAD)} faults"
