//! The pages in a real browser: people work with them, whoever uses assistive technology can, and nothing an attacker wrote runs.
//!
//! `STANCH_SHOTS=DIR` keeps pictures of all pages.

mod stage;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use stage::Stage;

/// The browser of Debian's package.
const CHROMIUM: &str = "/usr/bin/chromium";

/// A file of the tools that `cargo xtask test` installs.
fn tool(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools")).join(path)
}

#[test]
fn people_walk_through_an_incident_and_all_pages() {
    let stage = Stage::open();
    let library = tool("venv/lib");
    let mut command = Command::new(tool("venv/bin/python"));
    command
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/browser/walk.py"))
        .env("STANCH_URL", stage.url())
        .env("STANCH_SETUP", stage.setup())
        .env("STANCH_PASSWORD", crate::auth::house::password(1))
        .env("STANCH_LIBRARY", library)
        .env("STANCH_CHROMIUM", CHROMIUM);
    let walked = command.output().expect("the Python that cargo xtask test installs");
    let told = String::from_utf8_lossy(&walked.stdout);
    let errors = String::from_utf8_lossy(&walked.stderr);
    assert!(walked.status.success(), "{told}\n{errors}");
}
