//! Pushes to real servers: a refused one says why, and nothing of it remains.

use std::process::Output;

use crate::{
    Place,
    repo::{git, try_git},
    server::{Bare, SmartHttp},
};

/// Refuses what holds a file named `secret`, and writes down what else it knows.
const REFUSING: &str = "#!/bin/sh
while read -r old new name; do
    if git ls-tree -r --name-only \"$new\" | grep -q '^secret$'; then
        echo \"refused: $name holds a secret\" >&2
        exit 1
    fi
done
echo \"home ${HOME:?} path ${PATH:?}\" >&2
";

/// A work tree with one commit, and a server's repository that refuses.
fn client() -> (Place, Bare) {
    let (place, bare) = (Place::new(), Bare::new());
    bare.hook("pre-receive", REFUSING);
    git(&place.path("."), &["init", "--quiet"]);
    commit(&place, "first", "harmless");
    (place, bare)
}

fn commit(place: &Place, file: &str, text: &str) {
    place.write(file, text);
    git(&place.path("."), &["add", file]);
    git(&place.path("."), &["commit", "--quiet", "--message", file]);
}

fn push(place: &Place, url: &str) -> Output {
    try_git(&place.path("."), &["push", url, "HEAD:main"])
}

/// Pushes once to be taken, once to be refused, and once to be taken again, to `url`.
#[track_caller]
fn assert_guarded(place: &Place, bare: &Bare, url: &str) {
    let taken = push(place, url);
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    assert!(String::from_utf8_lossy(&taken.stderr).contains("remote: home /"), "{taken:?}");
    let before = (bare.refs(), bare.objects());
    assert!(!before.0.is_empty() && before.1.len() > 3);

    // More than one request takes, so that HTTP sends it in chunks.
    let noise = (0..400_000_u64).map(|number| format!("{:x}", number.wrapping_mul(0x9e37_79b9_7f4a)));
    let noise = noise.collect::<Vec<_>>().concat();
    commit(place, "secret", &noise);
    let refused = push(place, url);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success(), "{said}");
    assert!(said.contains("remote: refused: refs/heads/main holds a secret"), "{said}");
    assert!(said.contains("pre-receive hook declined"), "{said}");
    assert_eq!((bare.refs(), bare.objects()), before, "something of the push remains");

    git(&place.path("."), &["rm", "--quiet", "secret"]);
    git(&place.path("."), &["commit", "--quiet", "--amend", "--message", "clean", "--allow-empty"]);
    let taken = push(place, url);
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    assert_ne!((bare.refs(), bare.objects()), before);
}

#[test]
fn over_a_path() {
    let (place, bare) = client();
    assert_guarded(&place, &bare, &bare.path().display().to_string());
}

#[test]
fn over_http() {
    let (place, bare) = client();
    let server = SmartHttp::serve(&bare);
    assert_guarded(&place, &bare, &server.url());
    assert_eq!(server.complaints(), "", "the server complained");
    let clone = place.path("../clone").display().to_string();
    git(&place.path("."), &["clone", "--quiet", &server.url(), &clone]);
}
