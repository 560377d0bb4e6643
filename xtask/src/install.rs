//! What the tasks need beside Rust, and how to get it on Debian and from crates.io.

use std::process::Command;

use anyhow::Result;

use crate::shell::{cargo, root, run, say, succeeds};

/// Installs the Debian package `package` unless `program` runs.
pub(crate) fn debian(program: &str, package: &str) -> Result<()> {
    if succeeds(Command::new(program).arg("--version")) {
        return Ok(());
    }
    say(&format!("{program} is missing: installing the Debian package {package}"));
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    run(Command::new("apt-get").args(["install", "-y", "-qq", package]))
}

/// Installs the package `package` of PyPI at `version` into a folder of this repository's own, `target/tools/venv`, where the
/// tests look for its programs.
pub(crate) fn python_tool(package: &str, version: &str) -> Result<()> {
    let venv = root().join("target/tools/venv");
    if !venv.join("bin/pip").exists() {
        debian("python3", "python3")?;
        // Debian keeps what makes such folders in a package of its own.
        let ensurepip = ["-c", "import ensurepip, venv"];
        if !succeeds(Command::new("python3").args(ensurepip)) {
            run(Command::new("apt-get").args(["update", "-qq"]))?;
            run(Command::new("apt-get").args(["install", "-y", "-qq", "python3-venv"]))?;
        }
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    }
    // Without a look at the network where this version is there.
    let wanted = format!("{package}=={version}");
    run(Command::new(venv.join("bin/pip")).args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        &wanted,
    ]))
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
