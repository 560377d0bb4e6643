//! Who holds a secret, beside what `git` itself says of every object.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    process::Command,
};

use stanch_sources::{Holders, KeptBy, Remedy, Sought, Stand, Wanted};

use super::repo::{Repo, git_at, scan_all, token, with_context};

/// All that holds the secret `seed`, by its short fingerprint.
fn holders(repo: &Repo, seed: u64) -> Holders {
    with_context(|context| {
        let secret = context.fingerprinter.seal(token(seed).as_bytes());
        let wanted: Wanted = secret.fingerprint().short().parse().expect("a short fingerprint");
        let sought = Sought { names: vec![wanted], values: Vec::new() };
        Holders::find(repo.path(), &sought, context).expect("a repository")
    })
}

/// The ids of all objects whose bytes hold `text`, as `git cat-file` gives them.
fn as_git_tells(repo: &Repo, text: &str) -> BTreeSet<String> {
    let format = "--batch-check=%(objectname) %(objecttype)";
    let listed = repo.git(&["cat-file", "--batch-all-objects", format]);
    let holds = |line: &&str| {
        let (id, kind) = line.split_once(' ').expect("id and kind");
        let output = Command::new("git").current_dir(repo.path()).args(["cat-file", kind, id]).output();
        let bytes = output.expect("git is installed").stdout;
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    listed.lines().filter(holds).map(|line| line.split(' ').next().expect("an id").to_owned()).collect()
}

fn ids(holders: &Holders) -> BTreeSet<String> {
    holders.objects.iter().map(|object| object.id.clone()).collect()
}

/// The objects that hold `text` among those that `git rev-list --objects` lists for some tips.
fn reached(repo: &Repo, text: &str, tips: &[&str]) -> BTreeSet<String> {
    let listed = repo.git(&[&["rev-list", "--objects"], tips].concat());
    let listed: BTreeSet<String> =
        listed.lines().map(|line| line.split(' ').next().expect("an id").to_owned()).collect();
    as_git_tells(repo, text).intersection(&listed).cloned().collect()
}

fn kept_by(holders: &Holders, kind: KeptBy) -> BTreeSet<String> {
    let kept = holders.objects.iter().filter(|object| object.kept_by.contains(&kind));
    kept.map(|object| object.id.clone()).collect()
}

/// Versions of a long file with the secret in some of them, so that packs hold deltas with and without it.
fn versions(repo: &Repo) {
    let lines: Vec<String> = (0..400).map(|line| format!("line {line} of a long file")).collect();
    for version in 0..12 {
        let mut text = lines.clone();
        text[version * 30] = format!("changed in {version}");
        match version {
            0..4 => {}
            4..8 => text[200] = format!("key {}", token(1)),
            _ => text[10] = format!("{} again", token(1)),
        }
        repo.commit(&format!("version {version}"), &[("deep/er/long", &text.join("\n"))]);
    }
}

#[test]
fn every_object_that_holds_it_is_told_packed_or_not() {
    let repo = Repo::init(&[]);
    versions(&repo);
    repo.commit(&format!("a message with {}", token(1)), &[(&format!("{}.txt", token(1)), "named")]);
    repo.git(&["tag", "-a", "v1", "-m", &format!("a tag with {}", token(1))]);
    let loose = ids(&holders(&repo, 1));
    assert_eq!(loose, as_git_tells(&repo, &token(1)));
    repo.git(&["repack", "-adfq", "--depth=50", "--window=50"]);
    let packed = holders(&repo, 1);
    assert_eq!((ids(&packed), packed.looked.loose, packed.looked.packs), (loose, 0, 1));
    assert!(packed.is_complete() && packed.unreachable().next().is_none());
    let stands: BTreeSet<Stand> = packed.forms.iter().flat_map(|form| form.stands.clone()).collect();
    assert_eq!(stands, BTreeSet::from([Stand::File, Stand::Name, Stand::Message]));
    assert_eq!(packed.commits.referenced, 9);
    assert_eq!(packed.head_paths, ["deep/er/long"]);
}

#[test]
fn what_keeps_an_object_is_what_git_reaches_it_from() {
    let repo = Repo::init(&[]);
    repo.commit("first", &[("a", "clean")]);
    repo.git(&["switch", "--quiet", "--create", "side"]);
    let side = repo.commit("side", &[("b", &token(1))]);
    repo.git(&["switch", "--quiet", "main"]);
    repo.git(&["update-ref", "refs/pull/7/head", &side]);
    repo.git(&["update-ref", "refs/remotes/origin/side", &side]);
    repo.git(&["notes", "add", "-m", &format!("note {}", token(1)), "HEAD"]);
    repo.write("a", &format!("stashed {}", token(1)));
    repo.git(&["stash", "--quiet"]);
    repo.commit("lost", &[("c", &format!("lost {}", token(1)))]);
    repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let tree = repo.around().join("tree");
    repo.git(&["worktree", "add", "--quiet", "--detach", tree.to_str().expect("UTF-8"), "main"]);
    fs::write(tree.join("d"), format!("staged {}", token(1))).expect("written");
    git_at(&tree, &["add", "d"], b"");
    repo.git_fed(&["hash-object", "-w", "--stdin"], format!("stray {}", token(1)).as_bytes());

    let found = holders(&repo, 1);
    assert_eq!(ids(&found), as_git_tells(&repo, &token(1)));
    for (kind, tips) in [
        (KeptBy::Branch, &["--branches"][..]),
        (KeptBy::RemoteBranch, &["--remotes"]),
        (KeptBy::PullRequest, &["--glob=refs/pull"]),
        (KeptBy::Note, &["--glob=refs/notes"]),
        (KeptBy::Stash, &["refs/stash"]),
        (KeptBy::Tag, &["--tags"]),
    ] {
        assert_eq!(kept_by(&found, kind), reached(&repo, &token(1), tips), "{kind}");
    }
    assert_eq!(kept_by(&found, KeptBy::Index).len(), 1);
    assert_eq!(found.unreachable().count(), 1);
    let mut names: BTreeMap<KeptBy, Vec<&str>> = BTreeMap::new();
    found.keepers.iter().for_each(|keeper| names.entry(keeper.kept_by).or_default().push(&keeper.name));
    assert_eq!(names[&KeptBy::Branch], ["refs/heads/side"]);
    assert_eq!(names[&KeptBy::Index], [tree.to_str().expect("UTF-8")]);
    let logs =
        ["HEAD", "refs/heads/main", "refs/heads/side", "refs/notes/commits", "refs/remotes/origin/side"];
    assert_eq!(names[&KeptBy::Reflog], logs);
    assert_eq!(found.commits.unreferenced, 1);
}

#[test]
fn a_rewrite_changes_what_holds_it_what_descends_and_what_names_these() {
    let repo = Repo::init(&[]);
    repo.commit("first", &[("a", "clean")]);
    repo.git(&["branch", "apart"]);
    let leak = repo.commit("leak", &[("b", &token(1))]);
    repo.commit("child", &[("c", "clean")]);
    repo.git(&["switch", "--quiet", "apart"]);
    repo.commit("alone", &[("d", "clean")]);
    let before = holders(&repo, 1).rewrite;
    assert_eq!((before.commits, before.commits_all), (2, 4));
    assert_eq!(before.refs, ["refs/heads/main"]);
    repo.commit(&format!("like {}", &leak[..9]), &[("e", "clean")]);
    let after = holders(&repo, 1).rewrite;
    assert_eq!((after.commits, after.commits_all), (3, 5));
    assert_eq!(after.refs, ["refs/heads/apart", "refs/heads/main"]);
}

#[test]
fn what_cannot_be_replaced_must_go() {
    let repo = Repo::init(&[]);
    let binary = format!("\0\u{1} {}", token(1));
    repo.commit(
        "all",
        &[("binary", &binary), ("alone", &format!("{}\n", token(1))), ("text", &format!("k {}", token(1)))],
    );
    let found = holders(&repo, 1);
    let remedies: Vec<Remedy> = ["binary", "alone", "text"]
        .iter()
        .map(|path| {
            let id = repo.git(&["rev-parse", &format!("HEAD:{path}")]);
            found.objects.iter().find(|object| object.id == id).expect("held").remedy
        })
        .collect();
    assert_eq!(remedies, [Remedy::Strip, Remedy::Strip, Remedy::Replace]);
}

#[test]
fn an_encoded_secret_is_told_with_the_bytes_that_hold_it() {
    let repo = Repo::init(&[]);
    let text = format!("some words before {} and as many after it", token(1));
    let encoded = data_encoding::BASE64.encode(text.as_bytes());
    let commit = repo.commit("encoded", &[("a", &format!("data: {encoded}\n"))]);
    assert_eq!(scan_all(repo.path()).0.len(), 1, "a rule finds it");
    let found = holders(&repo, 1);
    let [form] = &found.forms[..] else { panic!("{:?}", found.forms) };
    let bytes = repo.git(&["cat-file", "blob", &form.object]);
    assert!(encoded.contains(&bytes[form.start..form.start + form.len]));
    assert_eq!(found.commits.first.as_ref().map(|first| &first.id), Some(&commit));
}

#[test]
fn what_is_not_there_is_held_by_nothing() {
    let repo = Repo::init(&[]);
    repo.commit("first", &[("a", &token(2))]);
    let found = holders(&repo, 1);
    assert!(found.secrets.is_empty() && found.objects.is_empty() && found.keepers.is_empty());
    assert_eq!(found.rewrite, stanch_sources::Rewrite::default());
}
