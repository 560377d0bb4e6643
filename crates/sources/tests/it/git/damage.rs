//! Broken repositories: what can be read is scanned, what cannot is counted.

use std::{fs, path::PathBuf, process::Command};

use super::repo::{Repo, scan_all, skips, token};

/// A repository of which the only pack holds a few objects, each with a secret.
fn packed() -> (Repo, PathBuf) {
    let repo = Repo::init(&[]);
    for seed in 0..5 {
        let text = format!("{}\n{}\n", "filler ".repeat(seed as usize), token(seed));
        repo.commit("one", &[(&format!("{seed}.txt"), &text)]);
    }
    repo.git(&["repack", "-adq"]);
    let folder = fs::read_dir(repo.path().join(".git/objects/pack")).expect("a folder of packs");
    let mut paths = folder.map(|entry| entry.expect("an entry").path());
    let pack = paths.find(|path| path.extension().is_some_and(|e| e == "pack")).expect("a pack");
    make_writable(&pack);
    (repo, pack)
}

fn make_writable(path: &std::path::Path) {
    let mut permissions = fs::metadata(path).expect("it is there").permissions();
    #[allow(clippy::permissions_set_readonly_false)]
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions).expect("ours");
}

#[test]
fn a_truncated_pack_loses_what_was_cut_off() {
    let (repo, pack) = packed();
    let bytes = fs::read(&pack).expect("readable");
    for keep in [bytes.len() - 60, bytes.len() / 2, 40] {
        fs::write(&pack, &bytes[..keep]).expect("written");
        let (findings, coverage) = scan_all(repo.path());
        assert!(findings.len() <= 5 && (keep > 60 || findings.is_empty()), "{keep}");
        assert!(skips(&coverage).iter().all(|(_, reason)| *reason == "corrupt"), "{coverage:?}");
        assert!(!coverage.is_complete(), "{keep}");
    }
}

#[test]
fn no_byte_of_a_pack_can_make_the_scan_fail() {
    let (repo, pack) = packed();
    let bytes = fs::read(&pack).expect("readable");
    for at in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        fs::write(&pack, &damaged).expect("written");
        let (_, coverage) = scan_all(repo.path());
        assert!(coverage.targets[0].error.is_none(), "{at}");
    }
}

#[test]
fn a_pack_without_a_usable_index_is_named() {
    let (repo, pack) = packed();
    let index = pack.with_extension("idx");
    make_writable(&index);
    fs::write(&index, b"no index").expect("written");
    let (_, coverage) = scan_all(repo.path());
    let name = pack.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(skips(&coverage).contains(&(&*name, "corrupt")), "{coverage:?}");
}

#[test]
fn a_damaged_loose_object_is_named_and_the_rest_is_scanned() {
    let repo = Repo::init(&[]);
    repo.commit("one", &[("a.txt", &token(1)), ("b.txt", &token(2))]);
    let blob = repo.git(&["rev-parse", "HEAD:a.txt"]);
    let file = repo.path().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    make_writable(&file);
    for garbage in [&b"garbage"[..], b"", &[0x78, 0x9c, 0x03]] {
        fs::write(&file, garbage).expect("written");
        let (findings, coverage) = scan_all(repo.path());
        assert_eq!(findings.len(), 1);
        assert!(skips(&coverage).contains(&(&*blob, "corrupt")), "{coverage:?}");
    }
    fs::remove_file(&file).expect("removed");
    assert!(Command::new("mkfifo").arg(&file).status().expect("mkfifo runs").success());
    let (findings, coverage) = scan_all(repo.path());
    assert_eq!(findings.len(), 1);
    assert!(skips(&coverage).contains(&(&*blob, "corrupt")), "{coverage:?}");
}
