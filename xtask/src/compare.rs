//! Stanch beside its peers: the same targets, in turn, as whole processes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::{
    install,
    shell::{self, cargo, root, say},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the peers are: a folder with `bin/kingfisher`, `bin/gitleaks`, `bin/betterleaks`; missing ones are left out.
    peers: PathBuf,
    /// Folders, or `git:PATH` for the history of a repository.
    #[arg(required = true)]
    targets: Vec<String>,
    /// Counted rounds; in each every tool runs once. One more round first warms the caches.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Leave out these peers, for instance `--without gitleaks`.
    #[arg(long)]
    without: Vec<String>,
    /// Also run Stanch with SIMD hidden.
    #[arg(long)]
    scalar: bool,
}

/// One program over one target.
struct Contender {
    name: String,
    program: PathBuf,
    arguments: Vec<String>,
    /// What it writes.
    report: String,
}

/// What one run cost.
#[derive(Clone, Copy)]
struct Cost {
    /// User and system seconds.
    cpu_s: f64,
    wall_s: f64,
    peak_mib: f64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    install::debian("time", "time")?;
    shell::run(&mut cargo(["build", "--release", "--package", "stanch", "--locked"]))?;
    let scratch = tempfile::tempdir()?;
    for target in &args.targets {
        let contenders = contenders(args, target, scratch.path());
        let costs = measure(&contenders, args.rounds, scratch.path())?;
        print_table(target, args.rounds, &contenders, &costs);
    }
    Ok(())
}

fn contenders(args: &Args, target: &str, scratch: &Path) -> Vec<Contender> {
    let ours = root().join("target/release/stanch");
    let out = |name: &str| scratch.join(format!("{name}.json")).display().to_string();
    let all_files: &[&str] = if target.starts_with("git:") { &[] } else { &["--no-ignore"] };
    let stanch = |name: &str, extra: &[&str]| {
        let mut arguments = words(&["scan", target, "--exit-zero", "--format", "jsonl", "-o", &out(name)]);
        arguments.extend(words(&[all_files, extra].concat()));
        Contender { name: name.to_owned(), program: ours.clone(), arguments, report: out(name) }
    };
    let mut all = vec![stanch("stanch", &[])];
    if args.scalar {
        all.push(stanch("stanch-scalar", &["--simd", "scalar"]));
    }
    let peers = ["kingfisher", "gitleaks", "betterleaks"].map(|name| Contender {
        name: name.to_owned(),
        program: args.peers.join("bin").join(name),
        arguments: peer_arguments(name, target, &out(name)),
        report: out(name),
    });
    all.extend(peers.into_iter().filter(|peer| peer.program.exists() && !args.without.contains(&peer.name)));
    all
}

/// How each peer is run offline, with nothing but its scan: no validation, no update check.
fn peer_arguments(name: &str, target: &str, out: &str) -> Vec<String> {
    let (history, path) = target.strip_prefix("git:").map_or((false, target), |path| (true, path));
    match (name, history) {
        ("kingfisher", _) => {
            let depth = if history { "full" } else { "none" };
            words(&[
                "scan",
                path,
                "--no-validate",
                "--no-update-check",
                "-q",
                "--git-history",
                depth,
                "-f",
                "json",
                "-o",
                out,
            ])
        }
        ("gitleaks", true) => words(&["git", path, "--no-banner", "-l", "error", "-f", "json", "-r", out]),
        ("gitleaks", false) => words(&["dir", path, "--no-banner", "-l", "error", "-f", "json", "-r", out]),
        (_, true) => words(&["git", path, "--no-banner", "-s", "-l", "error", "-o", out]),
        (_, false) => words(&["fs", path, "--no-banner", "-s", "-l", "error", "-o", out]),
    }
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// Runs all contenders in turn, round by round, and gives the costs of each.
fn measure(contenders: &[Contender], rounds: usize, scratch: &Path) -> Result<Vec<Vec<Cost>>> {
    let mut costs = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..=rounds {
        for (contender, costs) in contenders.iter().zip(&mut costs) {
            let cost = run_once(contender, &scratch.join("time"))?;
            if round > 0 {
                costs.push(cost);
            }
        }
    }
    Ok(costs)
}

/// Runs one contender under GNU time. Scanners exit with other codes than 0 when they find something, but they have
/// not scanned where they wrote no report.
fn run_once(contender: &Contender, figures: &Path) -> Result<Cost> {
    let status = Command::new("time")
        .args(["--quiet", "--format", "%U %S %e %M", "--output"])
        .arg(figures)
        .arg(&contender.program)
        .args(&contender.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", contender.name))?;
    fs::remove_file(&contender.report).with_context(|| format!("{}: {status}: no report", contender.name))?;
    let text = fs::read_to_string(figures)?;
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let &[user, system, wall_s, peak_kib] = numbers.as_slice() else {
        bail!("{}: {status}: no figures from time: {text}", contender.name);
    };
    Ok(Cost { cpu_s: user + system, wall_s, peak_mib: peak_kib / 1024.0 })
}

fn print_table(target: &str, rounds: usize, contenders: &[Contender], costs: &[Vec<Cost>]) {
    let medians: Vec<Cost> = costs.iter().map(|runs| median_cost(runs)).collect();
    let ours = medians[0];
    say(&format!("\n{target}: medians of {rounds} rounds, tools in turn"));
    say("| tool | user+system s | ratio | wall s | ratio | peak MiB |\n|---|---:|---:|---:|---:|---:|");
    for (contender, cost) in contenders.iter().zip(&medians) {
        say(&format!(
            "| {} | {:.2} | {:.1} | {:.2} | {:.1} | {:.0} |",
            contender.name,
            cost.cpu_s,
            cost.cpu_s / ours.cpu_s,
            cost.wall_s,
            cost.wall_s / ours.wall_s,
            cost.peak_mib,
        ));
    }
}

fn median_cost(runs: &[Cost]) -> Cost {
    Cost {
        cpu_s: median(runs.iter().map(|run| run.cpu_s)),
        wall_s: median(runs.iter().map(|run| run.wall_s)),
        peak_mib: median(runs.iter().map(|run| run.peak_mib)),
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle() {
        assert!((median([3.0, 1.0, 2.0].into_iter()) - 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn history_targets_reach_the_peers_as_paths() {
        let arguments = peer_arguments("gitleaks", "git:repo", "out");
        assert_eq!(arguments[..2], ["git", "repo"]);
        assert_eq!(peer_arguments("kingfisher", "folder", "out")[1], "folder");
    }
}
