//! Stanch never becomes the leak: no output and no file holds a planted secret.

use std::{fs, path::Path};

use crate::{Place, key, place::Outcome, token};

/// As many characters of a secret as a preview shows at most, and one more.
const TELLING: usize = 9;

/// The names of all formats, as the help lists them.
fn formats(place: &Place) -> Vec<String> {
    let refusal = place.stanch(&["scan", "--format", "?"]).run().stderr;
    let (_, names) = refusal.split_once("expected one of ").expect("the list of formats");
    names.lines().next().expect("a line").split(", ").map(str::to_owned).collect()
}

fn files_below(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files_below(&path, visit) } else { visit(&path) }
    }
}

#[test]
fn no_output_and_no_file_holds_a_planted_secret() {
    let place = Place::new();
    place.write(".git/HEAD", "");
    // The last one is found as a part of the credential of the one before only.
    let secrets = [token(), key("m", 1), key("s", 2)];
    let [first, second, part] = &secrets;
    let planted = format!("first = \"{first}\"\nsecond = {second} {first} {part}\n");
    place.write("planted", &planted);
    let tells = |text: &str| {
        let values = secrets.iter().map(|secret| &secret[secret.len() - 24..]);
        values.clone().any(|value| {
            value
                .as_bytes()
                .windows(TELLING)
                .any(|part| text.contains(std::str::from_utf8(part).expect("ASCII")))
        })
    };
    let names = formats(&place);
    assert!(names.contains(&"jsonl".to_owned()));
    for name in &names {
        let spec = format!("{name}=report.{name}");
        let args = ["scan", "planted", "-", "-v", "--color", "always", "--rules", "../acme.toml"];
        let outcome =
            place.stanch(&args).args(&["--format", name, "--format", &spec]).stdin(planted.clone()).run();
        assert_eq!(outcome.code, Some(1), "{name}: {}", outcome.stderr);
        assert!(!tells(&outcome.stdout) && !tells(&outcome.stderr), "{name}");
    }
    assert!(tells(&planted), "the test can tell");
    files_below(place.root(), &mut |path| {
        let content = String::from_utf8_lossy(&fs::read(path).expect("a readable file")).into_owned();
        assert!(path.ends_with("planted") || !tells(&content), "{}", path.display());
    });
}

#[test]
fn no_report_shows_a_secret_in_the_name_of_a_file() {
    let place = Place::new();
    place.write(&format!("{}.txt", token()), key("m", 1));
    std::os::unix::fs::symlink("nowhere", place.path(&format!("{}.link", token()))).expect("a link");
    for name in formats(&place) {
        let args = ["scan", "-v", "--rules", "../acme.toml", "--format", &name];
        let outcome = place.stanch(&args).run();
        assert_eq!(outcome.code, Some(1), "{name}: {}", outcome.stderr);
        assert!(!(outcome.stdout + &outcome.stderr).contains(&token()), "{name}");
    }
}

#[test]
fn no_mistake_in_settings_shows_what_was_set() {
    let place = Place::new();
    let refused = |outcome: Outcome, what: &str| {
        assert_eq!(outcome.code, Some(2), "{what}: {}", outcome.stderr);
        assert!(!(outcome.stdout + &outcome.stderr).contains(&token()[8..20]), "{what}");
    };
    let secret = format!("{:?}", token());
    let files = [
        format!("[scan]\nstrict = {secret}\n"),
        format!("[scan]\nfail_on = {secret}\n"),
        format!("[scan]\nmin_confidence = {secret}\n"),
        format!("[scan]\nformat = [\n  {secret},\n]\n"),
        format!("[scan]\nformat = [\n  \"x={secret},\n]\n", secret = &secret[1..]),
        format!("[scan]\nthreads = {secret}\n"),
        format!("[scan]\n{} = 1\n", token()),
        format!("[console]\ncolor = {secret}\n"),
        format!("[rules]\ndisable = {secret}\n"),
        format!("[rules]\ndisable = [{secret}]\n"),
        format!("[sources.fs]\nno_ignore = {secret}\n"),
        format!("[sources.fs]\nexclude = [\"{{{}\"]\n", token()),
        format!("[sources.fs]\n{} = 1\n", token()),
        format!("[sources.{}]\nsince = 1\n", token()),
        format!("sources = {secret}\n"),
        token(),
    ];
    for file in files {
        place.write("stanch.toml", &file);
        refused(place.stanch(&["scan"]).run(), &file);
    }
    place.write("stanch.toml", "");
    for name in
        ["FAIL_ON", "MIN_CONFIDENCE", "FORMAT", "THREADS", "STRICT", "COLOR", "MAX_FILE_SIZE", "DISABLE"]
    {
        let outcome = place.stanch(&["scan"]).env(&format!("STANCH_{name}"), token()).run();
        refused(outcome, name);
    }
    for name in ["SINCE", "BRANCH", "RANGE"] {
        let repository = Place::new();
        repository.write(".git/HEAD", "ref: refs/heads/main\n");
        repository.write(".git/objects/info/x", "");
        repository.write(".git/refs/x", "");
        let outcome = repository.stanch(&["scan"]).env(&format!("STANCH_{name}"), token()).run();
        assert!(outcome.stderr.contains(&format!("{}: ", name.to_lowercase())), "{}", outcome.stderr);
        refused(outcome, name);
    }
}
