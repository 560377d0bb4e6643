//! The command line as typed.

use clap::{Parser, Subcommand};

use crate::{
    command::{
        allow, audit, completions, fingerprint, guard, history, incident, man, policy, register, rules, scan,
        send, serve,
    },
    config::{Config, ConfigArgs},
    policy::Status,
    printer::Printer,
    settings::ConsoleSettings,
};

/// Finds leaked secrets and drives each one until it is proven dead.
#[derive(Debug, Parser)]
#[command(name = "stanch", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(mut_args(|arg| arg.hide_env(true)), mut_subcommands(quiet_about_variables))]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) console: ConsoleSettings,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Task(Task),
    Guard(guard::Args),
}

/// What is done only if the settings are right.
#[derive(Debug, Subcommand)]
enum Task {
    Scan(scan::Args),
    Send(send::Args),
    Allow(allow::Args),
    Fingerprint(fingerprint::Args),
    History(history::Args),
    Rules(rules::Args),
    Policy(policy::Args),
    Incident(incident::Args),
    Serve(serve::Args),
    Audit(audit::Args),
    Register(register::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Cli {
    /// Resolves what was typed and does it.
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        let config = self.config.load();
        let of_file = config.as_ref().map(|config| config.console).unwrap_or_default();
        let printer = Printer::new(self.console.over(of_file));
        match self.command {
            // A gate has a say in what a mistake in the settings means.
            Command::Guard(args) => guard::run(args, config, &printer),
            Command::Task(task) => task.run(config?, &printer),
        }
    }
}

impl Task {
    fn run(self, config: Config, printer: &Printer) -> anyhow::Result<Status> {
        match self {
            Self::Scan(args) => Ok(scan::run(args.resolve(config, printer)?, printer)?.status),
            Self::Send(args) => send::run(&args.resolve(config, printer)?, printer),
            Self::Allow(args) => allow::run(args, config, printer),
            Self::Fingerprint(args) => fingerprint::run(&args.resolve(config, printer)?, printer),
            Self::History(args) => history::run(&args.resolve(config)?, printer),
            Self::Rules(args) => rules::run(&args.resolve(config)?, printer),
            Self::Policy(args) => policy::run(&args, printer),
            Self::Incident(args) => incident::run(args, config, printer),
            Self::Serve(args) => serve::run(&args.resolve(config)?, printer),
            Self::Audit(args) => audit::run(&args, printer),
            Self::Register(args) => register::run(args, printer),
            Self::Completions(args) => completions::run(&args, printer),
            Self::Man(args) => man::run(&args.resolve()?, printer),
        }
    }
}

/// Help names the rule for environment variables once instead of one at each flag.
fn quiet_about_variables(command: clap::Command) -> clap::Command {
    command.mut_args(|arg| arg.hide_env(true)).mut_subcommands(quiet_about_variables)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_flag_is_a_variable_named_like_it() {
        /// What would make no sense to set for every run.
        const TYPED_ONLY: &[&str] = &["help", "version", "no-config", "write-baseline", "drop-fixed"];
        let stanch = Cli::command();
        let scan = stanch.find_subcommand("scan").expect("a command");
        for arg in stanch.get_arguments().chain(scan.get_arguments()) {
            let Some(long) = arg.get_long() else { continue };
            let variable = format!("STANCH_{}", long.to_uppercase().replace('-', "_"));
            let expected = (!TYPED_ONLY.contains(&long)).then_some(variable);
            let named = arg.get_env().map(|name| name.to_string_lossy().into_owned());
            assert_eq!(named, expected, "--{long}");
        }
    }

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }
}
