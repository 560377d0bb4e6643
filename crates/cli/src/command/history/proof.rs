//! The screen of `stanch history verify`: the verdict, what still holds it and how to let go of it, what was looked through.

use std::io;

use anstyle::{AnsiColor, Style};
use stanch_sources::{FileKind, HeldFile, Keeper, KeptBy};

use super::{
    screen::{BAD, DIM, KINDS, Screen, shortened, some},
    steps::quoted,
    verify::{Proof, Verdict},
};
use crate::{
    advice::listed,
    report::{
        printable::Printable,
        summary::{Grouped, count},
    },
};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Objects, and things that could not be read, that are listed; the rest are counted.
const LISTED_MAX: usize = 5;

impl Screen<'_> {
    /// The whole proof.
    pub(super) fn proof(&mut self, proof: &Proof<'_>) -> io::Result<()> {
        let (style, verdict) = match proof.verdict {
            Verdict::Gone => (GOOD, "✓ Gone: nothing in this repository holds it"),
            Verdict::Held => (BAD, "✗ Still held"),
            Verdict::Unproven => {
                (WARNING, "! Not proven: nothing was found, and not everything could be read")
            }
        };
        writeln!(self.out, "{style}{verdict}{style:#}")?;
        for wanted in &proof.wanted {
            writeln!(self.out, "  {wanted}")?;
        }
        writeln!(self.out)?;
        self.held(proof)?;
        self.unread(proof)?;
        self.looked(proof)
    }

    fn held(&mut self, proof: &Proof<'_>) -> io::Result<()> {
        let holders = proof.holders;
        if proof.verdict != Verdict::Held {
            return Ok(());
        }
        for object in holders.objects.iter().take(LISTED_MAX) {
            writeln!(self.out, "  {:<7} {}", object.kind, object.id)?;
        }
        if let more @ 1.. = holders.objects.len().saturating_sub(LISTED_MAX) {
            writeln!(self.out, "  {DIM}+ {}{DIM:#}", count(more as u64, "more object"))?;
        }
        for (kind, label) in KINDS {
            let of_kind: Vec<&Keeper> =
                holders.keepers.iter().filter(|keeper| keeper.kept_by == kind).collect();
            if !of_kind.is_empty() {
                let names: Vec<&str> = of_kind.iter().map(|keeper| shortened(&keeper.name)).collect();
                self.culprit(label, &some(&names), &remedy(kind, &of_kind, proof))?;
            }
        }
        let stray = holders.unreachable().count() as u64;
        if stray > 0 {
            let kept = holders.looked.kept_packs;
            let packs = if kept == 0 {
                String::new()
            } else {
                format!("; first delete {}", count(kept, ".keep file"))
            };
            self.culprit("Nothing", &count(stray, "object"), &format!("git gc --prune=now{packs}"))?;
        }
        for kind in FileKind::ALL {
            let of_kind: Vec<&HeldFile> = holders.files.iter().filter(|file| file.kind == kind).collect();
            if !of_kind.is_empty() {
                let names: Vec<&str> = of_kind.iter().map(|file| file.path.as_str()).collect();
                self.culprit("File", &some(&names), file_remedy(kind))?;
            }
        }
        writeln!(self.out)
    }

    fn culprit(&mut self, label: &str, names: &str, remedy: &str) -> io::Result<()> {
        writeln!(self.out, "  {DIM}{label:<14}{DIM:#}{names}\n  {:<14}→ {remedy}", "")
    }

    fn unread(&mut self, proof: &Proof<'_>) -> io::Result<()> {
        let holders = proof.holders;
        let gaps: Vec<_> = holders.coverage.skips.iter().filter(|skip| skip.reason.is_gap()).collect();
        for skip in gaps.iter().take(LISTED_MAX) {
            let (item, detail) = (Printable(&skip.item), Printable(&skip.detail));
            writeln!(self.out, "  {DIM}not read{DIM:#}      {item}: {}: {detail}", skip.reason)?;
        }
        if let more @ 1.. = holders.coverage.gaps.saturating_sub(gaps.len().min(LISTED_MAX) as u64) {
            writeln!(self.out, "  {DIM}+ {more} more{DIM:#}")?;
        }
        if holders.forms_more > 0 {
            let more = count(holders.forms_more, "more form");
            writeln!(
                self.out,
                "  {DIM}not searched{DIM:#}  {more} of it than FORMS_MAX of {}",
                holders.forms.len()
            )?;
        }
        if holders.coverage.gaps + holders.forms_more > 0 { writeln!(self.out) } else { Ok(()) }
    }

    fn looked(&mut self, proof: &Proof<'_>) -> io::Result<()> {
        let looked = &proof.holders.looked;
        let borrowed = match looked.borrowed {
            0 => String::new(),
            some => format!(" and {} it borrows from", count(some, "folder")),
        };
        let packs = count(looked.packs, "pack");
        let files = [
            format!("HEAD and index of {}", count(looked.work_trees, "work tree")),
            count(looked.reflog_entries, "line") + " of reflogs",
            count(looked.files, "file") + " of the repository itself",
        ];
        let how = if proof.by_value {
            "by rules, and for the bytes of the value and its encodings"
        } else {
            "by rules; what no rule finds needs --stdin, which searches for the bytes of the value"
        };
        let (objects, loose) = (count(looked.objects, "object"), Grouped(looked.loose));
        self.prose_at(
            2,
            &format!(
                "Looked through {objects} in {packs} and {loose} loose{borrowed}; {}: {how}.",
                listed(files)
            ),
        )?;
        self.prose_at(2, "Not looked at: the files of work trees (stanch scan), submodules, other clones, what a forge keeps.")
    }
}

/// How to let go of it.
fn remedy(kind: KeptBy, keepers: &[&Keeper], proof: &Proof<'_>) -> String {
    match kind {
        KeptBy::Branch | KeptBy::Tag | KeptBy::Note | KeptBy::OtherRef => {
            let prints = proof.wanted.first().map_or("", String::as_str);
            format!("rewrite it: stanch history plan {prints}{}", proof.search.typed)
        }
        KeptBy::RemoteBranch => "git fetch --all --prune, once the remote is rewritten".to_owned(),
        KeptBy::PullRequest => {
            format!("git update-ref -d {}; on a forge its support must", quoted(&keepers[0].name))
        }
        KeptBy::Stash => "git stash clear, or git stash drop for one".to_owned(),
        KeptBy::Head => "there: git switch BRANCH, or git worktree remove".to_owned(),
        KeptBy::Index => "there: git reset --hard, or git rm --cached FILE".to_owned(),
        KeptBy::Reflog => "git reflog expire --expire=now --all".to_owned(),
    }
}

fn file_remedy(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Reflog => "git reflog expire --expire=now --all",
        FileKind::Leftover => "delete it",
        FileKind::Reference => {
            "rename the reference: git branch -m, or git update-ref; then git pack-refs --all"
        }
        FileKind::Index => "git rm --cached the file of this name",
        FileKind::Other => "take it out of the file",
    }
}
