//! What the tasks need beside Rust, and how to get it on Debian and from crates.io.

use std::process::Command;

use anyhow::Result;

use crate::shell::{cargo, run, say, succeeds};

/// Where Debian has programs, those of servers too, which are not on everybody's path.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Installs the Debian package `package` unless `program` is there.
pub(crate) fn debian(program: &str, package: &str) -> Result<()> {
    if succeeds(Command::new("sh").args(["-c", "command -v \"$0\"", program]).env("PATH", PATH)) {
        return Ok(());
    }
    say(&format!("{program} is missing: installing the Debian package {package}"));
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    run(Command::new("apt-get").args(["install", "-y", "-qq", package]))
}

/// Installs a cargo subcommand at `version` unless that version runs. Built without optimisation and extras: a check
/// that takes a second need not take minutes to build.
pub(crate) fn cargo_subcommand(name: &str, version: &str) -> Result<()> {
    let output = cargo([name, "--version"]).output()?;
    if output.status.success() && String::from_utf8_lossy(&output.stdout).contains(version) {
        return Ok(());
    }
    let package = format!("cargo-{name}");
    run(&mut cargo([
        "install",
        &package,
        "--version",
        version,
        "--locked",
        "--debug",
        "--no-default-features",
        "--force",
    ]))
}
