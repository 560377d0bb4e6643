//! Ignore files and baselines that the other scanners have written, and those that people write.

use serde_json::Value;
use stanch_import::{Entry, IgnoreFormat, Ignores, LeftOut, PathPattern, read_ignores};

use crate::project::{Plant, Project, example, firsts, secret};

fn read(project: &Project, file: &str, format: IgnoreFormat) -> Ignores {
    let read = read_ignores(file, &project.read(file), None).expect("readable");
    assert_eq!(read.format, format);
    assert_eq!(read.left_out, []);
    assert!(read.entries.len() >= firsts().len(), "{} entries", read.entries.len());
    read
}

/// Texts at a place of each item of a list in JSON.
fn texts(list: &Value, pointer: &str) -> Vec<String> {
    let items = list.as_array().expect("a list").iter();
    items.map(|item| item.pointer(pointer).and_then(Value::as_str).expect("a text").to_owned()).collect()
}

/// Whether, with several secrets on a line, each entry still means the one that it was made for.
fn means_the_first(project: &Project, read: &Ignores, scheme: &str) {
    assert_eq!(project.told(read, scheme), firsts());
    project.plant(Plant::Other);
    assert_eq!(project.told(read, scheme), firsts(), "beside another kind");
    if scheme.is_empty() {
        project.plant(Plant::Instead);
        assert_eq!(project.told(read, scheme), [NOT_FOUND], "in its stead");
    }
}

const NOT_FOUND: &str = "nothing like it was found: it is gone, has changed, or no rule of ours finds it";

const GITLEAKS: [&str; 6] =
    ["--no-banner", "--log-level", "error", "--report-format", "json", "--report-path"];

#[test]
fn a_baseline_of_gitleaks() {
    let project = Project::new();
    project.scanner("gitleaks", &[&["dir", "src"], &GITLEAKS[..], &["b.json"]].concat());
    let read = read(&project, "b.json", IgnoreFormat::GitleaksBaseline);
    means_the_first(&project, &read, "");
    project.plant(Plant::Same);
    assert_eq!(project.told(&read, ""), firsts(), "values tell secrets of one kind apart");
}

#[test]
fn a_baseline_of_gitleaks_with_absolute_paths() {
    let project = Project::new();
    let root = project.root();
    project.scanner("gitleaks", &[&["dir", root.as_str(), "--redact"], &GITLEAKS[..], &["b.json"]].concat());
    assert!(project.read("b.json").contains(&format!("\"File\": \"{root}/src/stripe.txt\"")));
    let read = read(&project, "b.json", IgnoreFormat::GitleaksBaseline);
    means_the_first(&project, &read, "");
}

#[test]
fn a_redacted_baseline_of_gitleaks() {
    let project = Project::new();
    project.scanner("gitleaks", &[&["dir", ".", "--redact"], &GITLEAKS[..], &["b.json"]].concat());
    assert!(!project.read("b.json").contains(&secret("stripe", 1)));
    let read = read(&project, "b.json", IgnoreFormat::GitleaksBaseline);
    means_the_first(&project, &read, "");
    project.plant(Plant::Same);
    let told = project.told(&read, "");
    assert_eq!(
        told.first().map(String::as_str),
        Some("2 secrets stand there: allow by hand the one that is meant")
    );
}

/// Gitleaks prints fingerprints, and people copy them.
#[test]
fn a_gitleaksignore() {
    for (command, scheme) in [("dir", ""), ("git", "git:")] {
        let project = Project::new();
        project.scanner("gitleaks", &[&[command, "."], &GITLEAKS[..], &["b.json"]].concat());
        let report: Value = serde_json::from_str(&project.read("b.json")).expect("JSON");
        let fingerprints = texts(&report, "/Fingerprint").join("\n");
        project.write(".gitleaksignore", &format!("# known\n{fingerprints}\n"));
        project.remove("b.json");
        let again = project.scanner("gitleaks", &[command, "."]);
        assert!(again.status.success(), "gitleaks itself takes them");
        let read = read(&project, ".gitleaksignore", IgnoreFormat::GitleaksIgnore);
        means_the_first(&project, &read, scheme);
    }
}

#[test]
fn a_report_and_a_betterleaksignore() {
    let project = Project::new();
    let args = ["fs", "src", "--no-banner", "--silent", "--output"];
    for (file, redact) in [("b.json", None), ("c.jsonl", None), ("d.json", Some("--redact"))] {
        project.scanner("betterleaks", &[&args[..], &[file], redact.as_slice()].concat());
        let read = read(&project, file, IgnoreFormat::BetterleaksReport);
        assert_eq!(project.told(&read, ""), firsts(), "{file}");
    }
    let report: Value = serde_json::from_str(&project.read("d.json")).expect("JSON");
    let hashes = texts(&report["findings"], "/match/fingerprint").join("\n");
    project.write(".betterleaksignore", &format!("# known\n{hashes}\n"));
    for file in ["b.json", "c.jsonl", "d.json"] {
        project.remove(file);
    }
    assert!(project.scanner("betterleaks", &["fs", "."]).status.success(), "betterleaks itself takes them");
    let read = read(&project, ".betterleaksignore", IgnoreFormat::BetterleaksIgnore);
    means_the_first(&project, &read, "");
    project.plant(Plant::Same);
    assert_eq!(project.told(&read, ""), firsts(), "values tell secrets of one kind apart");
}

#[test]
fn a_baseline_of_detect_secrets_with_an_audit() {
    let project = Project::new();
    let baseline = project.scanner("detect-secrets", &["scan", "src"]).stdout;
    project.write(".secrets.baseline", &String::from_utf8(baseline).expect("UTF-8"));
    let unaudited = read(&project, ".secrets.baseline", IgnoreFormat::DetectSecrets);
    // It asks for each in the order of the file.
    let is_stripe =
        |entry: &&Entry| matches!(&entry.place.path, PathPattern::Exact(path) if path == "src/stripe.txt");
    let real = unaudited.entries.iter().find(is_stripe).expect("an entry").line;
    assert!(
        unaudited.entries.iter().filter(is_stripe).count() > 1,
        "two detectors find it, so the audit contradicts itself"
    );
    let answers = unaudited.entries.iter().map(|entry| if entry.line == real { "y\n" } else { "n\n" });
    let audit =
        project.audit("detect-secrets", &["audit", ".secrets.baseline"], &answers.collect::<String>());
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stderr));
    let audited = read(&project, ".secrets.baseline", IgnoreFormat::DetectSecrets);
    let mut expected = firsts();
    expected.insert(0, "audited as a real secret: rotate it, or allow it by hand".to_owned());
    assert_eq!(project.told(&audited, ""), expected);
    means_the_first(&project, &unaudited, "");
}

/// Of some kinds of secrets detect-secrets hashes only what all of the kind share; the place tells these.
#[test]
fn a_baseline_of_detect_secrets_without_values() {
    let project = Project::new();
    project.write("key.pem", &example("private-key-pem", 1));
    project.write("t.txt", &example("github-pat-classic", 1));
    let baseline = project.scanner("detect-secrets", &["scan", "key.pem", "t.txt"]).stdout;
    let text = String::from_utf8(baseline).expect("UTF-8");
    let read = read_ignores("b.json", &text, None).expect("readable");
    let expected = ["key.pem private-key-pem", "t.txt github-pat-classic"];
    assert_eq!(project.told(&read, ""), expected);
    // Two tokens of a kind on a line cannot be told apart.
    let tokens = [1, 2].map(|number| example("github-pat-classic", number).replace('\n', " "));
    project.write("t.txt", &tokens.join(" "));
    let told = project.told(&read, "");
    assert!(told.iter().any(|told| told.starts_with("2 secrets stand there")), "{told:?}");
}

/// Gitleaks has all lines of a key.
#[test]
fn a_baseline_of_gitleaks_with_a_key() {
    let project = Project::new();
    project.write("key.pem", &example("private-key-pem", 1));
    project.scanner("gitleaks", &[&["dir", "key.pem"], &GITLEAKS[..], &["b.json"]].concat());
    let read = read_ignores("b.json", &project.read("b.json"), None).expect("readable");
    let expected = ["key.pem private-key-pem"];
    assert_eq!(project.told(&read, ""), expected);
    project.write("key.pem", &format!("moved\n{}", example("private-key-pem", 1)));
    assert_eq!(project.told(&read, ""), expected, "moved");
    project.write("key.pem", &example("private-key-pem", 2));
    assert_eq!(project.told(&read, ""), [NOT_FOUND], "another key");
}

/// All its rules take it seconds to compile.
const KINGFISHER: [&str; 13] = [
    "scan",
    ".",
    "--no-validate",
    "--no-update-check",
    "--quiet",
    "--rule=betterleaks.gitlab-pat",
    "--rule=betterleaks.slack-bot-token",
    "--rule=betterleaks.stripe-access-token",
    "--rule=veles.secrets/sendgrid",
    "--manage-baseline",
    "--baseline-file",
    "b.yml",
    "--git-history",
];

#[test]
fn a_baseline_of_kingfisher() {
    for (history, scheme) in [("none", ""), ("full", "git:")] {
        let project = Project::new();
        project.scanner("kingfisher", &[&KINGFISHER[..], &[history]].concat());
        let read = read(&project, "b.yml", IgnoreFormat::Kingfisher);
        means_the_first(&project, &read, scheme);
        project.plant(Plant::Same);
        assert_eq!(project.told(&read, scheme), firsts(), "values tell secrets of one kind apart");
    }
}

/// As people write it, by <https://trivy.dev/latest/docs/configuration/filtering/>.
#[test]
fn a_trivyignore() {
    let project = Project::new();
    project.plant(Plant::Other);
    let told = |text: &str| {
        let read = read_ignores(".trivyignore.yaml", text, None).expect("readable");
        project.told(&read, "")
    };
    assert_eq!(
        told("secrets:\n  - id: stripe-secret-token\n"),
        ["src/gitlab.txt stripe 2", "src/stripe.txt stripe 1"]
    );
    assert_eq!(
        told("secrets:\n  - id: gitlab-pat\n    paths:\n      - \"**/git*.txt\"\n    statement: a test\n"),
        ["src/gitlab.txt gitlab 1"]
    );
    assert_eq!(
        told("secrets:\n  - paths: [src/slack.txt]\n"),
        ["src/slack.txt gitlab 2", "src/slack.txt slack 1"]
    );
    assert_eq!(told("secrets:\n  - id: slack-access-token\n    paths: [\"*.txt\"]\n"), [NOT_FOUND]);
}

/// As people write it, tried out with secretlint 12.
#[test]
fn a_secretlintignore() {
    let project = Project::new();
    let secret = secret("stripe", 1);
    let files = [
        "a.log",
        "keep.log",
        "root.txt",
        "a/root.txt",
        "dir/x.txt",
        "dir/keep.txt",
        "dir/sub/y.txt",
        "vendor/v.txt",
        "#hash.txt",
        "a/deep.env",
        "a/Z.TXT",
        "build/o.txt",
        "a/vendor",
        "sp ace.txt",
    ];
    for file in files {
        project.write(&format!("t/{file}"), &format!("t = '{secret}'\n"));
    }
    let text = "# comment\n*.log\n!keep.log\n/t/root.txt\ndir/\n!dir/keep.txt\nvendor\n\\#hash.txt\n**/deep.env   \nz.txt\n\
                /t/build/**\n!/t/build/o.txt\nsrc\n";
    let read = read_ignores(".secretlintignore", text, None).expect("readable");
    assert_eq!(read.left_out.iter().map(LeftOut::to_string).collect::<Vec<_>>(), [""; 0]);
    let told = project.told(&read, "");
    let left_out = files.iter().filter(|file| told.contains(&format!("t/{file} stripe 1")));
    let seen: Vec<_> = files.iter().filter(|file| !told.contains(&format!("t/{file} stripe 1"))).collect();
    assert_eq!(seen, [&"keep.log", &"a/root.txt", &"build/o.txt", &"sp ace.txt"]);
    assert_eq!(left_out.count(), 10);
    assert!(told.contains(&"src/slack.txt slack 1".to_owned()), "a folder with all that is in it");
}
