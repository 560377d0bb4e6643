//! Flags that are settings of one source: the short way to a key of `[sources.<name>]`.

use std::env;

use clap::{Args, builder::BoolishValueParser};
use stanch_sources::{SourceConfigs, Target};
use toml::Value;

use crate::{advice::advise, settings::ByteSize};

/// Names the index to hooks of a commit of some files only: git(1), "Environment Variables".
const INDEX_FILE: &str = "GIT_INDEX_FILE";

/// The flags as typed.
#[derive(Debug, Default, Args)]
pub(crate) struct SourceFlags {
    /// Scan what .gitignore and its like leave out
    ///
    /// They are honoured by default: what they name is mostly built from what is scanned anyway.
    #[arg(long, env = "STANCH_NO_IGNORE", value_parser = BoolishValueParser::new(), help_heading = "Files")]
    no_ignore: bool,
    /// Leave out files and folders that match this glob, as in .gitignore
    #[arg(long, env = "STANCH_EXCLUDE", value_name = "GLOB", help_heading = "Files")]
    exclude: Vec<String>,
    /// Skip, and count as skipped, files larger than this: 512, 64K, 10M, 2G
    #[arg(long, env = "STANCH_MAX_FILE_SIZE", value_name = "SIZE", help_heading = "Files")]
    max_file_size: Option<ByteSize>,
    /// Scan only commits of this date or later: 2026-01-31, RFC 3339, or "2 weeks ago"
    #[arg(long, env = "STANCH_SINCE", value_name = "DATE", help_heading = "Git")]
    since: Option<String>,
    /// Scan only the history of this branch, tag or other reference
    #[arg(long, env = "STANCH_BRANCH", value_name = "NAME", help_heading = "Git")]
    branch: Option<String>,
    /// Scan only what is staged for the next commit
    #[arg(long, env = "STANCH_STAGED", value_parser = BoolishValueParser::new(), help_heading = "Git")]
    staged: bool,
    /// Scan only what the commits of this range add
    #[arg(long, env = "STANCH_RANGE", value_name = "A..B", help_heading = "Git")]
    range: Option<String>,
}

/// One flag that was given.
struct Setting {
    flag: &'static str,
    source: &'static str,
    key: &'static str,
    value: Value,
}

impl SourceFlags {
    fn settings(&self) -> Vec<Setting> {
        let on = |given: bool| given.then_some(Value::Boolean(true));
        let text = |given: &Option<String>| given.clone().map(Value::String);
        let globs = (!self.exclude.is_empty()).then(|| Value::from(self.exclude.clone()));
        let index = self.staged.then(|| env::var(INDEX_FILE).ok()).flatten().filter(|file| !file.is_empty());
        let size = self.max_file_size.map(|size| Value::Integer(size.0.try_into().unwrap_or(i64::MAX)));
        [
            ("--no-ignore", "fs", "no_ignore", on(self.no_ignore)),
            ("--exclude", "fs", "exclude", globs),
            ("--max-file-size", "fs", "max_file_bytes", size),
            ("--since", "git", "since", text(&self.since)),
            ("--branch", "git", "branch", text(&self.branch)),
            ("--staged", "git", "staged", on(self.staged)),
            ("--staged", "git", "index", text(&index)),
            ("--range", "git", "range", text(&self.range)),
        ]
        .into_iter()
        .filter_map(|(flag, source, key, value)| Some(Setting { flag, source, key, value: value? }))
        .collect()
    }

    /// What is scanned where no target is named: the repository if a flag is about one, else the files.
    pub(crate) fn default_target(&self) -> &'static str {
        if self.settings().iter().any(|setting| setting.source == "git") { "git:." } else { "." }
    }

    /// Writes the flags over the settings of the file.
    ///
    /// # Errors
    /// A flag that is about no target of this run, and would do nothing.
    pub(crate) fn apply(&self, configs: &mut SourceConfigs, targets: &[Target]) -> anyhow::Result<()> {
        for Setting { flag, source, key, value } in self.settings() {
            if !targets.iter().any(|target| target.source().name() == source) {
                let problem =
                    format!("{flag}: does nothing for these targets, it is about {source}: targets");
                return Err(advise(problem, format!("stanch scan {flag} … {source}:PATH")));
            }
            configs.entry(source.to_owned()).or_default().insert(key.to_owned(), value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_about_the_repository_makes_it_the_target() {
        let files = SourceFlags { no_ignore: true, ..SourceFlags::default() };
        let repository = SourceFlags { staged: true, ..SourceFlags::default() };
        assert_eq!([files.default_target(), repository.default_target()], [".", "git:."]);
    }

    #[test]
    fn flags_go_before_the_file() {
        let mut configs = SourceConfigs::new();
        configs.entry("git".to_owned()).or_default().insert("branch".to_owned(), "old".into());
        let flags = SourceFlags { branch: Some("new".to_owned()), ..SourceFlags::default() };
        flags.apply(&mut configs, &[Target::parse("git:.").expect("a target")]).expect("a git target");
        assert_eq!(configs["git"]["branch"].as_str(), Some("new"));
    }
}
