//! The command line: what `--help` lists, and messages that say what to do.

use std::{net::TcpListener, process::Output};

use crate::support::{Claim, Database, binary_in, on_both_databases, serve};

on_both_databases!(bare: a_failed_health_check_says_what_to_do);

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = binary_in(&std::env::temp_dir());
    command.args(arguments).envs(variables.iter().copied());
    command.output().expect("the binary runs")
}

/// The long options that the help of a subcommand lists.
fn listed(subcommand: &str) -> Vec<String> {
    let output = run(&[subcommand, "--help"], &[]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    text.split_whitespace()
        .filter_map(|word| word.strip_prefix("--"))
        .map(|word| word.trim_end_matches([',', '.', ':']).to_owned())
        .collect()
}

#[test]
fn help_lists_the_options_that_a_subcommand_uses() {
    let of_the_service = [
        "database-url",
        "database-url-file",
        "listen",
        "admin-key",
        "admin-key-file",
        "drain-seconds",
        "failed-logins-per-minute",
        "trusted-proxies",
        "log",
        "log-format",
    ];
    for (subcommand, own, used) in [
        ("import", &["to", "key-file", "patience"][..], &[][..]),
        ("export", &["from", "payer", "output"], &[]),
        ("openapi", &["help"], &[]),
        ("healthcheck", &["help"], &["listen"]),
        ("migrate", &["distribute"], &["database-url", "log"]),
        ("serve", &["help"], &of_the_service),
    ] {
        let listed = listed(subcommand);
        let lists = |option: &&str| listed.iter().any(|it| it == *option);
        assert!(own.iter().all(&lists), "{subcommand}: {listed:?}");
        assert!(used.iter().all(&lists), "{subcommand}: {listed:?}");
        if ["import", "export", "openapi", "healthcheck"].contains(&subcommand) {
            let others = of_the_service.iter().filter(|it| !used.contains(it));
            let strangers: Vec<_> = others.filter(|it| lists(it)).collect();
            assert!(strangers.is_empty(), "{subcommand} lists {strangers:?}");
        }
    }
}

async fn a_failed_health_check_says_what_to_do(database: &Database) {
    let check = |address: &str| {
        let output = run(&["healthcheck"], &[("PAYERLINE_LISTEN", address)]);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).expect("text")
    };
    // A port that nobody listens on any more.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let free = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let said = check(&free);
    assert!(
        said.contains("nothing answers at") && said.contains("--listen"),
        "{said}"
    );

    let mut process = serve(database);
    let caller = process.caller();
    caller.submit(&Claim::new("INV-1")).await.is(201);
    let address = process.line("API").replace("http://", "");
    database.vanish();
    crate::support::not_ready(&caller, std::time::Duration::from_secs(10)).await;
    let said = check(&address);
    assert!(
        said.contains("not ready") && said.contains("docs/operations.md"),
        "{said}"
    );
}
