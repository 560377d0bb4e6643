//! Fuzzing: every target in `fuzz/`, one after the other.

use std::{fs, path::Path};

use anyhow::Result;

use crate::{
    install,
    shell::{self, cargo, root},
};

/// The release of cargo-fuzz that is known to work here.
const CARGO_FUZZ: &str = "0.13.2";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Seconds for each target.
    #[arg(long, default_value_t = 300)]
    seconds: u32,
    /// Only this target; all without it.
    target: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    install::cargo_subcommand("fuzz", CARGO_FUZZ)?;
    for target in targets(&root().join("fuzz/fuzz_targets"))? {
        if args.target.as_ref().is_none_or(|wanted| *wanted == target) {
            let limit = format!("-max_total_time={}", args.seconds);
            // The sanitizer flags are unstable; RUSTC_BOOTSTRAP lets the stable compiler accept them.
            shell::run(cargo(["fuzz", "run", &target, "--", &limit]).env("RUSTC_BOOTSTRAP", "1"))?;
        }
    }
    Ok(())
}

fn targets(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}
