//! `stanch history plan`: what holds a secret, and the three ways out.

use std::{collections::BTreeSet, io::Write};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use stanch_model::{Fingerprint, Preview, Probability, Secret};
use stanch_sources::{CommitInfo, HeldFile, HeldObject, Holders, Keeper, KeptBy, Sought, Wanted};

use super::{
    Shape,
    exposure::Exposure,
    screen::Screen,
    search::{Search, SearchArgs, check_key},
    steps::{Steps, needs_rewrite},
};
use crate::{
    advice::{advise, listed},
    config::Config,
    policy::{MinConfidence, Status},
    printer::Printer,
};

/// Show what holds a secret in a repository, and the ways out: rotate, leave it rotated, rewrite
///
/// All objects are looked at: what branches, tags, remotes, pull requests, stashes and reflogs lead to, and what nothing does.
/// Nothing is changed, and the value is not shown.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The secret: its fingerprint as reports write it, sf1:… or the 8 characters of the short form
    #[arg(value_name = "FINGERPRINT")]
    fingerprint: Wanted,
    #[command(flatten)]
    search: SearchArgs,
}

/// What to look for, and where.
pub(crate) struct Options {
    wanted: Wanted,
    search: Search,
}

impl Args {
    pub(super) fn resolve(self, config: Config) -> anyhow::Result<Options> {
        Ok(Options { wanted: self.fingerprint, search: self.search.resolve(config)? })
    }
}

/// What was found out.
pub(super) struct Plan<'p> {
    pub(super) holders: &'p Holders,
    pub(super) exposure: Exposure,
    pub(super) fingerprint: Fingerprint,
    pub(super) preview: Preview,
    pub(super) steps: Vec<super::steps::Step>,
    /// The command that leaves it where it is.
    pub(super) allow: String,
}

pub(super) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let Options { wanted, search } = options;
    let fingerprinter = search.fingerprinter(printer)?;
    check_key(wanted, &fingerprinter)?;
    let sought = Sought { names: vec![wanted.clone()], values: Vec::new() };
    let find = |floor| search.find(&sought, (&fingerprinter, floor), printer);
    let mut holders = find(Probability::thousandths(0))?;
    if holders.secrets.is_empty() {
        // Among many unsure values one that a scan reports may be hidden by another one.
        holders = find(MinConfidence::DEFAULT.probability())?;
    }
    let secret = match &holders.secrets[..] {
        [] => {
            let problem = format!("{wanted}: nothing in {} holds it", search.repo.display());
            return Err(advise(problem, "stanch scan git:. shows the fingerprints of this repository"));
        }
        [only] => only,
        several => {
            let all = listed(several.iter().map(Secret::fingerprint));
            bail!("{wanted}: several secrets of {} have it: {all}", search.repo.display());
        }
    };
    let fingerprint = *secret.fingerprint();
    let exposure = Exposure::of(&holders);
    let text = fingerprint.to_string();
    let steps = Steps {
        holders: &holders,
        exposure: &exposure,
        repo: &search.repo,
        typed: &search.typed,
        fingerprint: &text,
    };
    let plan = Plan {
        preview: Preview::of(secret),
        steps: steps.all(),
        allow: format!(
            "stanch allow add {text} --reason rotated-in-history --owner \"$(git config user.email)\""
        ),
        holders: &holders,
        fingerprint,
        exposure: exposure.clone(),
    };
    let strip = steps.stripped();
    let print = |out: &mut dyn Write| match search.shape {
        Shape::Text => Screen { out, width: Printer::width() }.plan(&plan),
        Shape::Json => super::json(&document(&plan, &strip), out),
    };
    printer.print(print).context("standard output")?;
    Ok(Status::Clean)
}

/// The same for programs.
fn document(plan: &Plan<'_>, strip: &[&str]) -> Value {
    let Holders { commits, rewrite, .. } = plan.holders;
    let commit = |info: &Option<CommitInfo>| {
        info.as_ref().map(|info| json!({ "id": info.id, "author": info.author, "time": info.time }))
    };
    let rules: Vec<&str> = plan.holders.rules.iter().map(|rule| rule.id.as_str()).collect();
    json!({
        "fingerprint": plan.fingerprint,
        "preview": plan.preview,
        "rules": rules,
        "exposure": plan.exposure,
        "commits": {
            "referenced": commits.referenced,
            "unreferenced": commits.unreferenced,
            "first": commit(&commits.first),
            "last": commit(&commits.last),
        },
        "kept_by": keepers(plan.holders),
        "objects": objects(plan.holders),
        "files": files(plan.holders),
        "head_paths": plan.holders.head_paths,
        "allow": plan.allow,
        "rewrite": {
            "needed": needs_rewrite(plan.holders),
            "commits": rewrite.commits,
            "commits_all": rewrite.commits_all,
            "refs": rewrite.refs,
            "signed_commits": rewrite.signed_commits,
            "signed_tags": rewrite.signed_tags,
            "strip": strip,
        },
        "steps": plan.steps,
        "coverage": coverage(plan.holders),
    })
}

/// What keeps it.
pub(super) fn keepers(holders: &Holders) -> Vec<Value> {
    let one = |keeper: &Keeper| json!({ "kind": keeper.kept_by.as_str(), "name": keeper.name, "holds_now": keeper.holds_now });
    holders.keepers.iter().map(one).collect()
}

/// The objects that hold it.
pub(super) fn objects(holders: &Holders) -> Vec<Value> {
    let names = |kept_by: &BTreeSet<KeptBy>| kept_by.iter().map(|kind| kind.as_str()).collect::<Vec<_>>();
    let one = |object: &HeldObject| {
        let secrets: Vec<String> = object.secrets.iter().map(ToString::to_string).collect();
        json!({ "kind": object.kind, "id": object.id, "secrets": secrets, "kept_by": names(&object.kept_by) })
    };
    holders.objects.iter().map(one).collect()
}

/// The files of the repository itself that hold it.
pub(super) fn files(holders: &Holders) -> Vec<Value> {
    let file = |file: &HeldFile| json!({ "path": file.path, "kind": file.kind.as_str() });
    holders.files.iter().map(file).collect()
}

/// What was looked through, and what was not.
pub(super) fn coverage(holders: &Holders) -> Value {
    let looked = &holders.looked;
    json!({
        "objects": looked.objects,
        "packs": looked.packs,
        "loose": looked.loose,
        "borrowed": looked.borrowed,
        "reflog_entries": looked.reflog_entries,
        "work_trees": looked.work_trees,
        "files": looked.files,
        "gaps": holders.coverage.gaps,
        "skips": holders.coverage.skips,
        "complete": holders.is_complete(),
    })
}
