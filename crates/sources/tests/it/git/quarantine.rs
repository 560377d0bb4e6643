//! Scans of a push that waits to be accepted, with its objects in a folder of their own as git-receive-pack keeps them.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::repo::{Repo, masked, places, skips, token, try_scan};

/// How a server takes what it is sent; it depends on how much that is.
#[derive(Clone, Copy, Debug)]
enum Taken {
    /// Each object in a file of its own.
    Loose,
    /// As a pack, to which deltas' bases are added.
    Packed,
}

/// A server, a client with more, and the folder for what is sent.
struct Scene {
    server: Repo,
    client: Repo,
    quarantine: PathBuf,
}

impl Scene {
    /// A server with one commit of a text that holds a secret; the client begins with the same.
    fn new() -> (Self, String) {
        let (server, client) = (Repo::init(&[]), Repo::init(&[]));
        let base = server.commit("base", &[("old.txt", &text("old", 1))]);
        client.git(&["pull", "--quiet", server.path().to_str().expect("UTF-8"), "main"]);
        let quarantine = server.path().join(".git/objects/tmp_objdir-incoming-1");
        fs::create_dir_all(quarantine.join("pack")).expect("folders");
        (Self { server, client, quarantine }, base)
    }

    /// Sends what `revisions` name, as for `git rev-list`; objects may be among them.
    fn send(&self, revisions: &str, taken: Taken) {
        let pack = ["pack-objects", "--revs", "--thin", "--delta-base-offset", "--stdout", "--quiet"];
        self.take(
            &output(Command::new("git").current_dir(self.client.path()).args(pack), revisions.as_bytes()),
            taken,
        );
    }

    /// Sends just the objects `ids`.
    fn send_only(&self, ids: &[&str], taken: Taken) {
        let list = ids.join("\n") + "\n";
        let pack = ["pack-objects", "--stdout", "--quiet"];
        self.take(
            &output(Command::new("git").current_dir(self.client.path()).args(pack), list.as_bytes()),
            taken,
        );
    }

    fn take(&self, pack: &[u8], taken: Taken) {
        let arguments = match taken {
            Taken::Loose => &["unpack-objects", "-q"][..],
            Taken::Packed => &["index-pack", "--stdin", "--fix-thin"],
        };
        let objects = self.server.path().join(".git/objects");
        let mut command = Command::new("git");
        command.current_dir(self.server.path()).args(arguments).env("GIT_OBJECT_DIRECTORY", &self.quarantine);
        output(command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", objects), pack);
    }

    fn config(&self, new: &str) -> String {
        format!("new = [{new}]\nknown = ['refs/']\nquarantine = '{}'", self.quarantine.display())
    }

    #[track_caller]
    fn found(&self, new: &str) -> Vec<(String, String)> {
        let (findings, coverage) = try_scan(self.server.path(), &self.config(new)).expect("valid settings");
        assert!(coverage.is_complete(), "{coverage:?}");
        let mut found = places(&findings);
        found.sort();
        found
    }

    /// How many objects the only pack of the quarantine has.
    fn packed(&self) -> usize {
        let mut files =
            fs::read_dir(self.quarantine.join("pack")).expect("a folder").flatten().map(|file| file.path());
        let index = files.find(|path| path.extension().is_some_and(|end| end == "idx")).expect("an index");
        let show = output(Command::new("git").arg("show-index"), &fs::read(index).expect("readable"));
        String::from_utf8_lossy(&show).lines().count()
    }
}

fn output(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("git is installed");
    child.stdin.take().expect("piped").write_all(input).expect("git reads it");
    let output = child.wait_with_output().expect("git ends");
    assert!(output.status.success(), "{command:?}");
    output.stdout
}

/// Lines that are the same in each text, so that one is worth a delta of another, and a secret.
fn text(name: &str, seed: u64) -> String {
    let lines: Vec<String> = (0..80).map(|line| format!("{name} line {line}, {}\n", line * line)).collect();
    lines.concat() + &token(seed)
}

fn commit(path: &str, id: &str) -> (String, String) {
    (path.to_owned(), format!("commit {}+", &id[..7]))
}

#[test]
fn a_push_is_found_in_both_folders() {
    for taken in [Taken::Loose, Taken::Packed] {
        let (scene, base) = Scene::new();
        let first = scene.client.commit("first", &[("old.txt", &(text("old", 1) + "\nmore"))]);
        let second = scene.client.commit("second", &[("dir/new.txt", &token(2))]);
        scene.client.git(&["tag", "--annotate", "--message", &token(3), "v1"]);
        let tag = scene.client.git(&["rev-parse", "v1"]);
        scene.send(&format!("{tag}\n^{base}\n"), taken);
        let mut expected = vec![
            commit("dir/new.txt", &second),
            commit("old.txt", &first),
            (tag.clone(), "tag tag-message".to_owned()),
        ];
        expected.sort();
        assert_eq!(scene.found(&format!("'{tag}'")), expected, "{taken:?}");
        assert_eq!(scene.found(&format!("'{tag}', '{second}', '{base}'")), expected, "{taken:?}");
        if matches!(taken, Taken::Packed) {
            assert!(scene.packed() > 7, "a base of a delta was added");
        }
        let error = try_scan(scene.server.path(), &format!("new = ['{tag}']")).expect_err("kept apart");
        assert!(error.to_string().contains("is not in this repository"), "{error}");
    }
}

#[test]
fn a_branch_that_leaves_an_older_commit_is_found_and_no_more() {
    for taken in [Taken::Loose, Taken::Packed] {
        let (scene, base) = Scene::new();
        scene.server.commit("meanwhile", &[("old.txt", "mended\n"), ("other.txt", &token(9))]);
        let middle = scene.server.git(&["rev-parse", "HEAD"]);
        scene.server.commit("later", &[("other.txt", "mended\n")]);
        scene.client.git(&["fetch", "--quiet", scene.server.path().to_str().expect("UTF-8"), "main"]);
        let old = scene.client.commit("old", &[("a.txt", &token(2))]);
        scene.client.git(&["switch", "--quiet", "--detach", &middle]);
        let new = scene.client.commit("new", &[("b.txt", &token(3))]);
        scene.send(&format!("{old}\n{new}\n^{base}\n^{middle}\n"), taken);
        let pushed = format!("'{old}', '{new}', '{middle}'");
        assert_eq!(scene.found(&pushed), [commit("a.txt", &old), commit("b.txt", &new)], "{taken:?}");
        assert_eq!(scene.found(&format!("'{new}'")).len(), 2, "the other one is led to by nothing");
    }
}

#[test]
fn what_nothing_leads_to_is_found_and_named_so() {
    for taken in [Taken::Loose, Taken::Packed] {
        let (scene, base) = Scene::new();
        let blob =
            |seed: u64| scene.client.git_fed(&["hash-object", "-w", "--stdin"], token(seed).as_bytes());
        let (lone, kept) = (blob(2), blob(3));
        let name = format!("{}.txt", token(4));
        let entries = format!("100644 blob {kept}\tkept\n100644 blob {kept}\t{name}\n");
        let folder = scene.client.git_fed(&["mktree"], entries.as_bytes());
        let plain = scene.client.git_fed(&["mktree"], b"");
        let lost = scene.client.git(&["commit-tree", "-m", &token(5), &plain, "-p", &base]);
        let tag = format!(
            "object {lost}\ntype commit\ntag v1\ntagger Bo <bo@example.org> 1700000000 +0000\n\n{}\n",
            token(6)
        );
        let tag = scene.client.git_fed(&["hash-object", "-t", "tag", "-w", "--stdin"], tag.as_bytes());
        let pushed = scene.client.commit("pushed", &[("new.txt", &token(7))]);
        scene.send(&format!("{pushed}\n^{base}\n"), taken);
        scene.send_only(&[&lone, &kept, &folder, &lost, &tag], taken);
        let unreachable = |steps: &str| format!("unreachable {steps}");
        let mut strays = vec![
            (lone, unreachable("blob")),
            ("kept".to_owned(), unreachable("tree")),
            (masked(&name), unreachable("tree")),
            (masked(&name), unreachable("tree file-name")),
            (lost.clone(), unreachable(&format!("commit {}- commit-message", &lost[..7]))),
            (tag, unreachable("tag tag-message")),
        ];
        strays.sort();
        let mut all = [strays.clone(), vec![commit("new.txt", &pushed)]].concat();
        all.sort();
        assert_eq!(scene.found(&format!("'{pushed}'")), all, "{taken:?}");
        let (findings, _) = try_scan(scene.server.path(), &scene.config("")).expect("valid settings");
        assert_eq!(findings.len(), strays.len() + 1, "the pushed file is led to by nothing");
    }
}

#[test]
fn what_the_repository_holds_itself_is_no_news() {
    for (taken, packed) in [(Taken::Loose, false), (Taken::Packed, false), (Taken::Packed, true)] {
        let (scene, base) = Scene::new();
        let blob = scene.client.git(&["rev-parse", "HEAD:old.txt"]);
        let tree = scene.client.git(&["rev-parse", "HEAD^{tree}"]);
        scene.send_only(&[&blob, &tree, &base], taken);
        if packed {
            scene.server.git(&["repack", "-adq"]);
        }
        if matches!(taken, Taken::Packed) {
            assert_eq!(scene.packed(), 3);
        }
        assert_eq!(scene.found(""), [], "{taken:?}");
        assert_eq!(scene.found(&format!("'{base}'")), [], "{taken:?}");
    }
}

#[test]
fn an_empty_quarantine_holds_nothing() {
    let (scene, base) = Scene::new();
    assert_eq!(scene.found(&format!("'{base}'")), []);
    fs::remove_dir_all(scene.quarantine.join("pack")).expect("removed");
    assert_eq!(scene.found(""), []);
}

#[cfg(unix)]
#[test]
fn pipes_and_damage_in_a_quarantine_are_named() {
    let (scene, base) = Scene::new();
    let pushed = scene.client.commit("pushed", &[("new.txt", &token(2)), ("other.txt", &token(3))]);
    let blob = scene.client.git(&["rev-parse", "HEAD:new.txt"]);
    scene.send(&format!("{pushed}\n^{base}\n"), Taken::Loose);
    let file = scene.quarantine.join(&blob[..2]).join(&blob[2..]);
    let pipe =
        |path: &Path| assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
    fs::remove_file(&file).expect("removed");
    pipe(&file);
    pipe(&scene.quarantine.join("pack/pack-1.pack"));
    fs::write(scene.quarantine.join("pack/pack-2.pack"), "no pack").expect("written");
    for new in [format!("'{pushed}'"), String::new()] {
        let (findings, coverage) =
            try_scan(scene.server.path(), &scene.config(&new)).expect("valid settings");
        assert_eq!(
            places(&findings).iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
            ["other.txt"]
        );
        let mut named = skips(&coverage);
        named.sort_unstable();
        let mut expected = vec![(&*blob, "corrupt"), ("pack-1.pack", "corrupt"), ("pack-2.pack", "corrupt")];
        expected.sort_unstable();
        assert_eq!(named, expected, "{new}");
    }
}

#[test]
fn a_wrong_quarantine_is_told() {
    let (scene, _) = Scene::new();
    let objects = scene.server.path().join(".git/objects");
    let missing = scene.server.path().join("missing");
    for (config, told) in [
        (format!("new = []\nquarantine = '{}'", missing.display()), "quarantine: no folder is there"),
        (
            format!("new = []\nquarantine = '{}'", objects.display()),
            "quarantine: one of the folders in which",
        ),
        ("quarantine = '.'".to_owned(), "quarantine: cannot be set without new"),
    ] {
        let error = try_scan(scene.server.path(), &config).expect_err("a wrong setting").to_string();
        assert!(error.contains("[sources.git]") && error.contains(told), "{config}: {error}");
    }
}
