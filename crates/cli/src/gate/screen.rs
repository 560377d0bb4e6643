//! The one screen that somebody reads whom a gate has stopped.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use stanch_model::{Finding, KeyId, SecretGroup, group};

use super::{GuardSettings, Stop};
use crate::report::{
    place::{Place, distinct},
    printable::Printable,
    summary::count,
};

const BAD: Style = AnsiColor::Red.on_default().bold();
const HEADING: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Secrets that are shown; the rest are counted.
const SECRETS_MAX: usize = 3;
/// Places of one secret that are shown; the rest are counted.
const PLACES_MAX: usize = 2;

/// What stopped, and what was found.
pub(super) struct Screen<'s> {
    pub(super) stop: Stop,
    pub(super) settings: GuardSettings,
    pub(super) failing: &'s [Finding],
    /// Exceptions that are not good any more, a line each.
    pub(super) expired: &'s [String],
    /// Keys of allowances that this run does not have.
    pub(super) strange: &'s BTreeMap<KeyId, usize>,
}

impl Screen<'_> {
    /// Writes it: what, where, why we think so, what to do, how to ask.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let secrets = group(self.failing);
        let what = count(secrets.len() as u64, "secret");
        writeln!(out, "{BAD}✗ {} stopped: {what} in {}{BAD:#}", self.deed(), self.subject())?;
        for secret in secrets.iter().take(SECRETS_MAX) {
            describe(secret, out)?;
        }
        if let more @ 1.. = secrets.len().saturating_sub(SECRETS_MAX) {
            writeln!(out, "\n  + {}: stanch scan shows all", count(more as u64, "more secret"))?;
        }
        writeln!(out, "\n{HEADING}What to do{HEADING:#}")?;
        for line in self.remedy() {
            writeln!(out, "  {line}")?;
        }
        writeln!(out, "\n{HEADING}If it may stay{HEADING:#}")?;
        self.asking(&secrets, out)?;
        self.void(out)
    }

    fn deed(&self) -> &'static str {
        match self.stop {
            Stop::PreCommit | Stop::CommitMsg => "commit",
            Stop::PrePush | Stop::PreReceive => "push",
        }
    }

    fn subject(&self) -> &'static str {
        match self.stop {
            Stop::PreCommit => "what is staged",
            Stop::CommitMsg => "its message",
            Stop::PrePush => "the commits that would leave this machine",
            Stop::PreReceive => "what was pushed; nothing of it was kept",
        }
    }

    fn remedy(&self) -> Vec<String> {
        let amend = [
            "2. Take it out of the commit: git commit --amend for the last one, git rebase -i for an earlier one;",
            "   deleting it in a new commit leaves it in the history. Then push again.",
        ];
        let file = self.failing.first().map_or("", |finding| finding.location.path.as_str());
        let edit = format!(
            "Take it out of the message, and commit again: git commit --edit --file=\"{}\"",
            Printable(file)
        );
        let lines: Vec<&str> = match self.stop {
            Stop::PreCommit => vec![
                "1. Take it out of the file and keep the value in a secret store or in the environment.",
                "2. git add the file, and commit again. If an earlier commit has it already, rotate it first;",
                "   if not, it has not left this machine, and nothing need be rotated.",
            ],
            Stop::CommitMsg => {
                vec![&edit, "It has not left this machine with this commit: nothing need be rotated."]
            }
            Stop::PrePush => [
                &["1. If any of these commits has left this machine before, rotate the secret first."][..],
                &amend,
            ]
            .concat(),
            Stop::PreReceive => {
                [&["1. It has left your machine: rotate the secret first."][..], &amend].concat()
            }
        };
        lines.into_iter().map(str::to_owned).collect()
    }

    fn asking(&self, secrets: &[SecretGroup<'_>], out: &mut dyn Write) -> io::Result<()> {
        for secret in secrets.iter().take(SECRETS_MAX) {
            writeln!(out, "  stanch allow add {} --reason … --owner …", secret.fingerprint())?;
        }
        match self.stop {
            Stop::PreReceive => writeln!(
                out,
                "  in a change to .stanch/allow.toml that is reviewed and merged first: only those of the default branch count here."
            ),
            _ if self.settings.forbid_bypass => writeln!(out, "  and commit .stanch/allow.toml with it."),
            _ => writeln!(
                out,
                "  and commit .stanch/allow.toml with it. If it cannot wait: STANCH_BYPASS=\"why\" git {} …, which is recorded.",
                self.deed()
            ),
        }
    }

    /// Exceptions that somebody may have relied on.
    fn void(&self, out: &mut dyn Write) -> io::Result<()> {
        for expired in self.expired {
            writeln!(out, "\n  {}", Printable(expired))?;
        }
        for (key, entries) in self.strange {
            let entries = count(*entries as u64, "allowance");
            writeln!(
                out,
                "\n  {entries} of the key {key} count for nothing here: this run does not have that key."
            )?;
        }
        Ok(())
    }
}

/// One secret: what it is, where it stands, why we think so.
fn describe(secret: &SecretGroup<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (rule, lead) = (secret.rule(), secret.lead());
    let severity = secret.severity().as_str().to_uppercase();
    writeln!(out, "\n  {BAD}{severity}{BAD:#}  {}  {}", Printable(&rule.name), secret.preview())?;
    let places = distinct(secret);
    for finding in places.iter().take(PLACES_MAX) {
        let (place, at) = (Place::of(finding), &finding.location);
        write!(out, "    {}:{}:{}", Printable(place.shown_path()), at.line, at.column)?;
        match place.commit.as_ref() {
            Some(commit) => writeln!(out, "  {DIM}commit {}{DIM:#}", commit.short())?,
            None => writeln!(out)?,
        }
    }
    if let more @ 1.. = places.len().saturating_sub(PLACES_MAX) {
        writeln!(out, "    + {}", count(more as u64, "more place"))?;
    }
    let judged = lead.probability.map(|probability| format!(", {probability} likely by the learned judge"));
    let sure = format!("confidence {}{}", secret.confidence(), judged.unwrap_or_default());
    writeln!(out, "    {DIM}why: rule {}, {sure}. {}{DIM:#}", rule.id, Printable(&rule.description))
}
