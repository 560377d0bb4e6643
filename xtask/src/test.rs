//! Everything that must hold before a change lands.

use anyhow::Result;

use crate::{
    install,
    shell::{self, cargo, say},
};

/// The release of cargo-deny whose configuration format `deny.toml` uses.
const CARGO_DENY: &str = "0.20.2";

/// The first release of git-filter-repo with `--sensitive-data-removal`; Debian has an older one.
const GIT_FILTER_REPO: &str = "2.47.0";

/// Runs every check, cheapest first.
pub(crate) fn run() -> Result<()> {
    install::debian("git", "git")?;
    install::cargo_subcommand("deny", CARGO_DENY)?;
    install::python_tool("git-filter-repo", GIT_FILTER_REPO)?;
    shell::run(&mut cargo(["fmt", "--all", "--check"]))?;
    shell::run(&mut cargo(["deny", "--log-level", "error", "check", "bans", "licenses", "sources"]))?;
    shell::run(&mut cargo(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    shell::run(
        cargo(["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    // Without INSTA_UPDATE=no a changed snapshot would be written beside the old one instead of only failing.
    shell::run(cargo(["test", "--workspace", "--locked"]).env("INSTA_UPDATE", "no"))?;
    shell::run(&mut cargo([
        "run",
        "--package",
        "stanch",
        "--locked",
        "--",
        "scan",
        ".",
        "git:.",
        "--strict",
    ]))?;
    say("\nall checks passed");
    Ok(())
}
