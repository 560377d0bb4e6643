//! Whether a secret left this machine, as far as a clone can know.

use std::collections::BTreeSet;

use serde::Serialize;
use stanch_sources::{Holders, KeptBy};

/// Where a secret is beside this clone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "remotes")]
pub(super) enum Exposure {
    /// On these remotes, as of the last fetch.
    #[serde(rename = "on-remote")]
    Remote(Vec<String>),
    /// It was on these, as a reflog of their branches says.
    #[serde(rename = "was-on-remote")]
    Formerly(Vec<String>),
    /// There are remotes, and nothing that this clone saw of them holds it.
    #[serde(rename = "not-seen-on-remote")]
    NeverSeen(Vec<String>),
    /// There are no remotes. Others may have cloned this repository.
    #[serde(rename = "no-remote")]
    Unknown,
}

impl Exposure {
    /// Of what holds it.
    pub(super) fn of(holders: &Holders) -> Self {
        let names = || holders.remotes.iter().map(|remote| remote.name.clone()).collect::<Vec<_>>();
        let (mut on, mut was) = (BTreeSet::new(), BTreeSet::new());
        for keeper in &holders.keepers {
            match keeper.kept_by {
                KeptBy::RemoteBranch => on.extend(remote_of(&keeper.name, holders)),
                KeptBy::PullRequest if holders.remotes.is_empty() => on.extend(["a forge".to_owned()]),
                KeptBy::PullRequest => on.extend(names().into_iter().take(1)),
                KeptBy::Reflog => was.extend(remote_of(&keeper.name, holders)),
                KeptBy::Branch | KeptBy::Tag | KeptBy::Note | KeptBy::OtherRef => {
                    on.extend(mirrored(holders));
                }
                KeptBy::Stash | KeptBy::Head | KeptBy::Index => {}
            }
        }
        match (on.is_empty(), was.is_empty(), holders.remotes.is_empty()) {
            (false, _, _) => Self::Remote(on.into_iter().collect()),
            (_, false, _) => Self::Formerly(was.into_iter().collect()),
            (_, _, false) => Self::NeverSeen(names()),
            _ => Self::Unknown,
        }
    }

    /// Whether it must be taken for known to others.
    pub(super) fn is_out(&self) -> bool {
        matches!(self, Self::Remote(_) | Self::Formerly(_))
    }
}

/// The remote whose branch `refs/remotes/NAME/…` is; the longest of those that fit, as names may hold slashes.
fn remote_of(name: &str, holders: &Holders) -> Option<String> {
    let branch = name.strip_prefix("refs/remotes/")?;
    let is_of = |remote: &&str| branch.strip_prefix(*remote).is_some_and(|rest| rest.starts_with('/'));
    let known = holders.remotes.iter().map(|remote| remote.name.as_str()).filter(is_of);
    let longest = known.max_by_key(|remote| remote.len());
    longest.or_else(|| branch.split('/').next()).map(str::to_owned)
}

/// The remotes of which this repository is a mirror.
fn mirrored(holders: &Holders) -> impl Iterator<Item = String> {
    holders.remotes.iter().filter(|remote| remote.is_mirror).map(|remote| remote.name.clone())
}

#[cfg(test)]
mod tests {
    use stanch_sources::{Keeper, Remote};

    use super::*;

    fn holders(keepers: &[(KeptBy, &str)], remotes: &[&str]) -> Holders {
        let keeper =
            |&(kept_by, name): &(KeptBy, &str)| Keeper { kept_by, name: name.to_owned(), holds_now: true };
        let remote = |name: &&str| Remote { name: (*name).to_owned(), is_mirror: false };
        Holders {
            keepers: keepers.iter().map(keeper).collect(),
            remotes: remotes.iter().map(remote).collect(),
            ..Holders::default()
        }
    }

    #[test]
    fn a_clone_knows_what_it_fetched_and_what_was_there() {
        let of = |keepers: &[(KeptBy, &str)], remotes: &[&str]| Exposure::of(&holders(keepers, remotes));
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let branch = (KeptBy::Branch, "refs/heads/main");
        assert_eq!(of(&[branch], &[]), Exposure::Unknown);
        assert_eq!(of(&[branch], &["origin"]), Exposure::NeverSeen(list(&["origin"])));
        let there = (KeptBy::RemoteBranch, "refs/remotes/team/a/main");
        assert_eq!(of(&[branch, there], &["team", "team/a"]), Exposure::Remote(list(&["team/a"])));
        let was = (KeptBy::Reflog, "refs/remotes/origin/main");
        assert_eq!(of(&[was], &["origin"]), Exposure::Formerly(list(&["origin"])));
        let pull = (KeptBy::PullRequest, "refs/pull/1/head");
        assert!(of(&[pull], &["origin"]).is_out() && of(&[pull], &[]).is_out());
    }

    #[test]
    fn what_a_mirror_holds_is_on_its_remote() {
        let mut holders = holders(&[(KeptBy::Tag, "refs/tags/v1")], &["origin"]);
        holders.remotes[0].is_mirror = true;
        assert_eq!(Exposure::of(&holders), Exposure::Remote(vec!["origin".to_owned()]));
    }
}
