//! Pushes to real servers, guarded by the hook that `stanch guard install` sets up: a refused one says why, and nothing of it
//! remains.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Output};

use insta::assert_snapshot;

use crate::{
    Place, key,
    repo::{git, git_command, try_git},
    server::{Bare, SmartHttp},
};

/// How a client reaches the server.
enum Way {
    Path,
    Http(SmartHttp),
}

/// A guarded server with a harmless commit, and a clone of it.
struct Team {
    place: Place,
    bare: Bare,
    way: Way,
}

impl Team {
    fn over_path() -> Self {
        Self::new(|_| Way::Path)
    }

    fn over_http() -> Self {
        Self::new(|bare| Way::Http(SmartHttp::serve(bare)))
    }

    fn new(way: impl FnOnce(&Bare) -> Way) -> Self {
        let (place, bare) = (Place::new(), Bare::new());
        let rules = place.path("../acme.toml");
        place.write("../key", "the key of the organisation, long enough");
        let key = place.path("../key");
        let settings = format!(
            "[rules]\nfiles = [{rules:?}]\n[identity]\nfingerprint_key_file = {key:?}\n",
            rules = rules.display().to_string(),
            key = key.display().to_string()
        );
        fs::write(bare.path().join("stanch.toml"), &settings).expect("a writable file");
        let installed =
            place.stanch(&["guard", "install", "--repo"]).args(&[&bare.path().display().to_string()]).run();
        assert_eq!(installed.code, Some(0), "{}", installed.stderr);
        let way = way(&bare);
        let team = Self { place, bare, way };
        team.git(&["init", "--quiet"]);
        team.place.write("stanch.toml", settings);
        team.place.write(".gitignore", "stanch.toml\n");
        team.commit("first", "harmless");
        let pushed = team.push(&["HEAD:main"]);
        assert!(pushed.status.success(), "{}", said(&pushed));
        team
    }

    fn url(&self) -> String {
        match &self.way {
            Way::Path => self.bare.path().display().to_string(),
            Way::Http(server) => server.url(),
        }
    }

    fn git(&self, args: &[&str]) -> String {
        git(&self.place.path("."), args)
    }

    fn commit(&self, file: &str, text: &str) {
        self.place.write(file, text);
        self.git(&["add", "-A"]);
        self.git(&["commit", "--quiet", "--message", file]);
    }

    fn push(&self, what: &[&str]) -> Output {
        try_git(&self.place.path("."), &[&["push", &self.url()], what].concat())
    }

    fn state(&self) -> (String, BTreeSet<String>) {
        (self.bare.refs(), self.bare.objects())
    }

    /// The push is refused with the screen, and nothing of it remains.
    #[track_caller]
    fn assert_refused(&self, what: &[&str]) -> String {
        let before = self.state();
        let refused = self.push(what);
        let said = said(&refused);
        assert!(!refused.status.success(), "{said}");
        assert!(said.contains("push stopped: "), "{said}");
        assert!(said.contains("in what was pushed; nothing of it was kept"), "{said}");
        assert!(said.contains("pre-receive hook declined"), "{said}");
        assert_eq!(self.state(), before, "something of the push remains");
        said
    }

    #[track_caller]
    fn assert_taken(&self, what: &[&str]) {
        let taken = self.push(what);
        assert!(taken.status.success(), "{}", said(&taken));
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What the rule calls the secret of a key.
fn fingerprint(team: &Team, number: u64) -> String {
    let secret = key("m", number).trim_start_matches("acme_m_").to_owned();
    let outcome = team.place.stanch(&["fingerprint"]).stdin(secret).run();
    outcome.stdout.trim().to_owned()
}

/// Every kind of push.
fn assert_guarded(team: &Team) {
    team.git(&["switch", "--quiet", "--create", "topic"]);
    team.commit("secret", &key("m", 1));
    team.assert_refused(&["topic"]);
    // Deleting it in a new commit leaves it in the history.
    team.git(&["rm", "--quiet", "secret"]);
    team.git(&["commit", "--quiet", "--message", "gone"]);
    team.assert_refused(&["topic"]);

    // A tag that alone leads to it, and a message of one.
    team.git(&["tag", "light", "topic"]);
    team.assert_refused(&["light"]);
    team.git(&["tag", "--annotate", "--message", &key("m", 2), "told", "main"]);
    team.assert_refused(&["told"]);

    // The name of a branch says it.
    team.assert_refused(&[&format!("main:refs/heads/{}", key("m", 8))]);

    // A merge brings it, in a commit or in the merge itself.
    team.git(&["switch", "--quiet", "main"]);
    team.commit("other", "harmless");
    team.git(&["merge", "--quiet", "--no-ff", "--no-edit", "topic"]);
    team.assert_refused(&["main"]);
    team.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    team.git(&["switch", "--quiet", "--create", "side", "HEAD~1"]);
    team.commit("aside", "harmless");
    team.git(&["merge", "--quiet", "--no-ff", "--no-commit", "main"]);
    team.commit("evil", &key("m", 3));
    team.assert_refused(&["side"]);

    // Of several references one; a force push; what is clean beside it.
    team.assert_refused(&["main", "side", "light:refs/heads/copy"]);
    team.git(&["switch", "--quiet", "main"]);
    team.assert_taken(&["main", "HEAD:refs/heads/copy"]);
    team.git(&["commit", "--quiet", "--amend", "--message", &key("m", 4)]);
    team.assert_refused(&["--force", "main"]);
    team.git(&["commit", "--quiet", "--amend", "--message", "clean"]);
    team.assert_taken(&["--force", "main"]);
    team.assert_taken(&["--delete", "copy"]);
}

#[test]
fn every_kind_of_push_over_a_path() {
    assert_guarded(&Team::over_path());
}

#[test]
fn every_kind_of_push_over_http() {
    let team = Team::over_http();
    assert_guarded(&team);
    // More than one request takes, so that HTTP sends it in chunks.
    let noise =
        (0..400_000_u64).map(|number| format!("{:x}\n", number.wrapping_mul(0x9e37_79b9_7f4a) % 0xfff_ffff));
    team.commit("large", &format!("{}{}", noise.collect::<String>(), key("m", 9)));
    team.assert_refused(&["main"]);
    let Way::Http(server) = &team.way else { panic!("over HTTP") };
    assert_eq!(server.complaints(), "", "the server complained");
}

#[test]
fn who_is_refused_reads_one_screen() {
    let team = Team::over_path();
    team.commit("config/app.env", &format!("KEY={}\n", key("m", 1)));
    let said = team.assert_refused(&["main"]);
    let id = team.git(&["rev-parse", "HEAD"]);
    let said = said.replace(&id[..10], "[commit]").replace(&team.url(), "[url]");
    let said = said.replace(&fingerprint(&team, 1), "[fingerprint]");
    let screen = said.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert!(screen.lines().count() <= 24, "more than a screen");
    assert_snapshot!("refused", screen);
}

#[test]
fn neither_a_bypass_nor_a_comment_of_the_client_lets_a_push_pass() {
    let team = Team::over_path();
    team.commit("app.env", &format!("KEY={} # stanch:allow test-credential\n", key("m", 1)));
    team.assert_refused(&["main"]);
    let before = team.state();
    let folder = team.place.path(".");
    let push = git_command(&folder).env("STANCH_BYPASS", "now").args(["push", &team.url(), "main"]).output();
    assert!(!push.expect("git is installed").status.success());
    assert_eq!(team.state(), before);
}

#[test]
fn an_allowance_counts_once_the_default_branch_has_it() {
    let team = Team::over_path();
    let print = fingerprint(&team, 1);
    let granted = team
        .place
        .stanch(&["allow", "add", &print, "--reason", "test-credential", "--owner", "platform"])
        .run();
    assert_eq!(granted.code, Some(0), "{}", granted.stderr);
    team.git(&["switch", "--quiet", "--create", "both"]);
    team.commit("app.env", &key("m", 1));
    // It comes with the secret: nobody has agreed to it yet.
    team.assert_refused(&["both"]);
    team.git(&["reset", "--quiet", "--hard", "main"]);
    team.place.stanch(&["allow", "add", &print, "--reason", "test-credential", "--owner", "platform"]).run();
    team.git(&["add", "-f", ".stanch/allow.toml"]);
    team.git(&["commit", "--quiet", "--message", "allow it"]);
    team.assert_taken(&["HEAD:main"]);
    team.commit("app.env", &key("m", 1));
    team.assert_taken(&["HEAD:main"]);
    team.commit("next.env", &key("m", 2));
    team.assert_refused(&["HEAD:main"]);
}

#[test]
fn a_mistake_in_the_allow_file_can_be_mended_by_a_push() {
    let team = Team::over_path();
    team.commit(".stanch/allow.toml", "[fingerprint\n");
    team.assert_taken(&["main"]);
    team.commit("file", "harmless");
    let taken = team.push(&["main"]);
    assert!(taken.status.success(), "{}", said(&taken));
    assert!(said(&taken).contains("HEAD:.stanch/allow.toml:1: "), "{}", said(&taken));
}

#[test]
fn a_server_without_its_key_takes_nothing() {
    let team = Team::over_path();
    fs::remove_file(team.place.path("../key")).expect("removable");
    team.place.write("file", "harmless");
    team.git(&["add", "-A"]);
    team.git(&["commit", "--quiet", "--message", "file"]);
    let refused = team.push(&["main"]);
    let said = said(&refused);
    assert!(!refused.status.success() && said.contains("key of fingerprints: "), "{said}");
}

#[test]
fn a_shallow_clone_pushes() {
    let team = Team::over_path();
    team.commit("second", "harmless");
    team.assert_taken(&["main"]);
    let clone: PathBuf = team.place.path("../clone");
    let url = format!("file://{}", team.bare.path().display());
    git(&team.place.path("."), &["clone", "--quiet", "--depth=1", &url, &clone.display().to_string()]);
    fs::write(clone.join("new"), "harmless").expect("a writable file");
    git(&clone, &["add", "-A"]);
    git(&clone, &["commit", "--quiet", "--message", "new"]);
    git(&clone, &["push", "--quiet", "origin", "HEAD:main"]);
    fs::write(clone.join("secret"), key("m", 1)).expect("a writable file");
    git(&clone, &["add", "-A"]);
    git(&clone, &["commit", "--quiet", "--message", "secret"]);
    let refused = try_git(&clone, &["push", "origin", "HEAD:main"]);
    assert!(
        !refused.status.success() && said(&refused).contains("push stopped: 1 secret"),
        "{}",
        said(&refused)
    );
}

#[test]
fn an_allow_file_in_the_place_of_another_counts_for_nothing() {
    let team = Team::over_path();
    let main = team.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let print = fingerprint(&team, 1);
    team.git(&["switch", "--quiet", "--create", "side"]);
    team.place.stanch(&["allow", "add", &print, "--reason", "test-credential", "--owner", "me"]).run();
    team.git(&["add", "-f", ".stanch/allow.toml"]);
    team.git(&["commit", "--quiet", "--message", "allow it"]);
    team.assert_taken(&[&format!("HEAD:refs/replace/{main}")]);
    team.git(&["reset", "--quiet", "--hard", "main"]);
    team.commit("app.env", &key("m", 1));
    team.assert_refused(&["HEAD:evil"]);
}

#[test]
fn a_folder_with_a_repository_in_it_is_guarded_as_well() {
    let team = Team::over_path();
    let (place, served) = (&team.place, team.place.path("../served"));
    git(&place.path("."), &["clone", "--quiet", &team.url(), &served.display().to_string()]);
    fs::copy(team.bare.path().join("stanch.toml"), served.join("stanch.toml")).expect("a writable folder");
    let install = ["guard", "install", "--hook", "pre-receive", "--repo"];
    let installed = place.stanch(&install).args(&[&served.display().to_string()]).run();
    assert_eq!(installed.code, Some(0), "{}", installed.stderr);
    let push = |what: &str| try_git(&place.path("."), &["push", &served.display().to_string(), what]);
    team.commit("file", "harmless");
    let taken = push("HEAD:refs/heads/other");
    assert!(taken.status.success(), "{}", said(&taken));
    team.commit("app.env", &key("m", 1));
    let refused = push("HEAD:refs/heads/other");
    assert!(!refused.status.success() && said(&refused).contains("push stopped"), "{}", said(&refused));
}
