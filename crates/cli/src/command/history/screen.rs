//! What people read: one screen, the verdict first.

use std::{
    fmt::Display,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use stanch_sources::{CommitInfo, Holders, Keeper, KeptBy};

use super::{exposure::Exposure, plan::Plan, steps::needs_rewrite};
use crate::{
    advice::listed,
    report::{
        printable::Printable,
        summary::{Grouped, count},
    },
};

const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();

/// Names listed of one kind; the rest are counted.
const NAMES_MAX: usize = 4;
/// Digits of an id that people read.
const ID_DIGITS: usize = 10;

/// Where the text goes.
pub(super) struct Screen<'w> {
    pub(super) out: &'w mut dyn Write,
    pub(super) width: usize,
}

impl Screen<'_> {
    /// The whole plan.
    pub(super) fn plan(&mut self, plan: &Plan<'_>) -> io::Result<()> {
        let holders = plan.holders;
        let names: Vec<&str> = holders.rules.iter().map(|rule| rule.name.as_str()).collect();
        let rules = listed(names.into_iter().map(Printable));
        writeln!(self.out, "{BAD}✗ {}{BAD:#}", verdict(plan))?;
        writeln!(
            self.out,
            "  {BOLD}{}{BOLD:#}  {rules} {DIM}· fingerprint {}{DIM:#}\n",
            plan.preview,
            plan.fingerprint.short()
        )?;
        self.facts(holders)?;
        self.heading(1, "Rotate it first")?;
        self.prose(rotate_why(&plan.exposure))?;
        self.heading(2, "Leave it in history, rotated: the right choice for most")?;
        self.prose("A dead value in history harms nobody, and every commit stays what it is.")?;
        writeln!(self.out, "     {}\n", plan.allow)?;
        self.rewrite(plan)
    }

    fn facts(&mut self, holders: &Holders) -> io::Result<()> {
        let by_kind = |kind: &str| holders.objects.iter().filter(|object| object.kind == kind).count() as u64;
        let kinds = [("blob", "file"), ("tree", "folder"), ("commit", "commit"), ("tag", "tag")];
        let kinds =
            kinds.into_iter().map(|(kind, noun)| (by_kind(kind), noun)).filter(|(number, _)| *number > 0);
        let kinds = listed(kinds.map(|(number, noun)| count(number, noun)));
        let unreachable = holders.unreachable().count() as u64;
        let stray =
            if unreachable == 0 { String::new() } else { format!("; nothing leads to {unreachable}") };
        self.fact("Objects", format_args!("{} ({kinds}{stray})", Grouped(holders.objects.len() as u64)))?;
        let commits = &holders.commits;
        let outside = match commits.unreferenced {
            0 => String::new(),
            more => format!(", {} that no reference reaches", Grouped(more)),
        };
        self.fact("Commits", format_args!("{}{outside}", Grouped(commits.referenced)))?;
        for (label, info) in [("First", &commits.first), ("Last", &commits.last)] {
            if let Some(info) = info {
                self.fact(label, commit(info))?;
            }
        }
        for kind in KINDS {
            self.keepers(holders, kind.0, kind.1)?;
        }
        if !holders.files.is_empty() {
            let paths: Vec<&str> = holders.files.iter().map(|file| file.path.as_str()).collect();
            self.fact("Git's files", some(&paths))?;
        }
        if !holders.head_paths.is_empty() {
            let paths = holders.head_paths.iter().map(String::as_str);
            self.fact("At HEAD", some(&paths.collect::<Vec<_>>()))?;
        }
        if !holders.is_complete() {
            let gaps = count(holders.coverage.gaps, "thing");
            self.fact(
                "Unseen",
                format_args!("{gaps} could not be read: --verbose names them; there may be more"),
            )?;
        }
        writeln!(self.out)
    }

    fn keepers(&mut self, holders: &Holders, kept_by: KeptBy, label: &str) -> io::Result<()> {
        let of_kind: Vec<&Keeper> =
            holders.keepers.iter().filter(|keeper| keeper.kept_by == kept_by).collect();
        if of_kind.is_empty() {
            return Ok(());
        }
        let now = of_kind.iter().filter(|keeper| keeper.holds_now).count();
        let tells_now = matches!(kept_by, KeptBy::Branch | KeptBy::Tag | KeptBy::RemoteBranch);
        let when = match now {
            _ if !tells_now => String::new(),
            0 => "  (before, not now)".to_owned(),
            now if now == of_kind.len() => "  (now)".to_owned(),
            now => format!("  (now in {now})"),
        };
        let names = some(&of_kind.iter().map(|keeper| shortened(&keeper.name)).collect::<Vec<_>>());
        self.fact(label, format_args!("{names}{when}"))
    }

    fn rewrite(&mut self, plan: &Plan<'_>) -> io::Result<()> {
        let holders = plan.holders;
        if needs_rewrite(holders) {
            self.heading(3, "Rewrite history: if it must go all the same")?;
            self.prose(&numbers(holders))?;
        } else {
            self.heading(3, "Let Git drop it: no branch or tag leads to it, nothing is to be rewritten")?;
        }
        for step in &plan.steps {
            writeln!(self.out, "     {DIM}# {}{DIM:#}", Printable(&step.why))?;
            for command in &step.commands {
                writeln!(self.out, "     {}", Printable(command))?;
            }
        }
        if plan.exposure.is_out() {
            writeln!(self.out)?;
            self.prose(BEYOND)?;
        }
        Ok(())
    }

    fn fact(&mut self, label: &str, text: impl Display) -> io::Result<()> {
        writeln!(self.out, "  {DIM}{label:<14}{DIM:#}{text}")
    }

    fn heading(&mut self, number: usize, text: &str) -> io::Result<()> {
        writeln!(self.out, "  {BOLD}{number}. {text}{BOLD:#}")
    }

    fn prose(&mut self, text: &str) -> io::Result<()> {
        self.prose_at(5, text)
    }

    /// A paragraph, so many columns in.
    pub(super) fn prose_at(&mut self, indent: usize, text: &str) -> io::Result<()> {
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty()
                && indent + line.chars().count() + 1 + word.chars().count() > self.width.min(100)
            {
                writeln!(self.out, "{:indent$}{line}", "")?;
                line.clear();
            }
            line += if line.is_empty() { "" } else { " " };
            line += word;
        }
        writeln!(self.out, "{:indent$}{line}", "")
    }
}

/// What a rewrite by the owner of a repository does not reach.
const BEYOND: &str = "Out of your hands: pull-request refs (GitHub refuses to change refs/pull/*, that push says so for each), \
                      forks, and the forge's caches of old commits. Ask its support to drop them. Whoever has a clone must \
                      delete it and clone anew, or do the last steps in it; a push from an old one brings everything back.";

/// What keeps objects, and what to call it.
pub(super) const KINDS: [(KeptBy, &str); 10] = [
    (KeptBy::Branch, "Branches"),
    (KeptBy::Tag, "Tags"),
    (KeptBy::RemoteBranch, "Remotes"),
    (KeptBy::PullRequest, "Pull requests"),
    (KeptBy::Note, "Notes"),
    (KeptBy::OtherRef, "Other refs"),
    (KeptBy::Stash, "Stash"),
    (KeptBy::Head, "No branch"),
    (KeptBy::Index, "Index of"),
    (KeptBy::Reflog, "Reflogs"),
];

fn verdict(plan: &Plan<'_>) -> String {
    let place = if needs_rewrite(plan.holders) {
        "It is in history"
    } else if plan.holders.keepers.is_empty() {
        "Nothing leads to it any more, and Git has not dropped it yet"
    } else {
        "No branch or tag leads to it, and Git keeps it all the same"
    };
    let out = match &plan.exposure {
        Exposure::Remote(names) => {
            format!("it left this machine: {} has it, as of the last fetch", listed(names))
        }
        Exposure::Formerly(names) => {
            format!("it left this machine: it was on {}, says a reflog", listed(names))
        }
        Exposure::NeverSeen(names) => {
            format!("this clone never saw it on {}, as of the last fetch", listed(names))
        }
        Exposure::Unknown => "this clone knows no remote".to_owned(),
    };
    Printable(&format!("{place}; {out}.")).to_string()
}

fn rotate_why(exposure: &Exposure) -> &'static str {
    if exposure.is_out() {
        "Every clone and every fork keeps it, and so do the caches of the forge: no rewrite takes that back. \
         Only a value that no longer opens anything is safe."
    } else {
        "A clone cannot know who copied it: if this repository was ever pushed, shared or backed up, only a value \
         that no longer opens anything is safe."
    }
}

fn numbers(holders: &Holders) -> String {
    let rewrite = &holders.rewrite;
    let mut text = format!(
        "{} of {} get new ids, and {} move. ",
        Grouped(rewrite.commits),
        count(rewrite.commits_all, "commit"),
        count(rewrite.refs.len() as u64, "reference"),
    );
    if rewrite.signed_commits + rewrite.signed_tags > 0 {
        let (commits, tags) = (count(rewrite.signed_commits, "commit"), count(rewrite.signed_tags, "tag"));
        text.extend(["All signatures go: those of ", &commits, " and ", &tags, ". "]);
    }
    text + "Whoever works on them must take the new ones; open pull requests break. It takes git-filter-repo 2.47."
}

fn commit(info: &CommitInfo) -> String {
    let id = info.id.get(..ID_DIGITS).unwrap_or(&info.id);
    let day = info.time.get(..10).unwrap_or(&info.time);
    format!("{id}  {day}  {}", Printable(&info.author))
}

/// The first of them, and how many more there are.
pub(super) fn some(names: &[&str]) -> String {
    let shown = listed(names.iter().take(NAMES_MAX).map(|name| Printable(name)));
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A reference as people call it.
pub(super) fn shortened(name: &str) -> &str {
    let prefixes = ["refs/heads/", "refs/tags/", "refs/remotes/", "refs/notes/"];
    prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}
