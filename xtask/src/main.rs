//! The tasks of this repository. `cargo xtask --help` lists them.

mod compare;
mod credentials;
mod fuzz;
mod install;
mod judge;
mod keys;
mod ordinary;
mod random;
mod shell;
mod test;

use clap::Parser;

/// The tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask")]
enum Task {
    /// Install what is missing, then check format, lints, docs, tests, snapshots, dependencies and our own repository.
    Test,
    /// Run every fuzz target for some time; stops at the first failure.
    Fuzz(fuzz::Args),
    /// Run Stanch and its peers in turn over the same targets and print medians and ratios.
    Compare(compare::Args),
    /// Train the learned judge of generic secrets on labelled files, and tell what it is worth on unseen ones.
    TrainJudge(judge::Args),
    /// Count how often ordinary text holds each four bytes, for the engine to look for rare ones.
    CountKeys(keys::Args),
    /// Fetch ordinary projects to train the judge with: Debian's source packages, by name.
    FetchOrdinary(ordinary::Args),
    /// Make a labelled set of human-chosen credentials and of what only looks like them, to measure accuracy with.
    MakeCredentials(credentials::Args),
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Test => test::run(),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Compare(args) => compare::run(&args),
        Task::TrainJudge(args) => judge::run(&args),
        Task::CountKeys(args) => keys::run(&args),
        Task::FetchOrdinary(args) => ordinary::run(&args),
        Task::MakeCredentials(args) => credentials::run(&args),
    }
}
