//! What the tests of ignore files speak in: a project with secrets, other scanners that run in it, and what we find there.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use stanch_engine::{RuleSet, Scanner, expand};
use stanch_import::{EntryFate, Ignores, outcomes};
use stanch_model::{Finding, Fingerprinter, KeyKind};
use stanch_sources::{Cancel, Context, Limits, Progress, Target, open, scan};
use tempfile::TempDir;

/// Where `cargo xtask test` installs the other scanners.
const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools/bin");

/// Kinds of secrets that all scanners know, and how they look.
const KINDS: [(&str, &str); 4] = [
    ("gitlab", "gl${}pat-${alnum:20}"),
    ("stripe", "sk_${}live_${alnum:24}"),
    ("sendgrid", "S${}G.${alnum:22}.${alnum:43}"),
    ("slack", "xo${}xb-${digit:12}-${digit:12}-${alnum:24}"),
];

/// A secret of a kind; another number gives another one.
pub(crate) fn secret(kind: &str, number: u64) -> String {
    let (_, text) = KINDS.iter().find(|(name, _)| *name == kind).expect("a kind");
    String::from_utf8(expand(text, number, None).expect("a well-formed text")).expect("ASCII")
}

/// The first example of one of our rules; another number gives another secret.
pub(crate) fn example(id: &str, number: u64) -> String {
    let rules = RuleSet::embedded();
    let rule = rules.rules().iter().find(|rule| rule.info.id == id).expect("a rule");
    let text = expand(&rule.examples[0], number, rule.check).expect("a well-formed text");
    String::from_utf8(text).expect("ASCII")
}

/// What is planted on the line of a secret.
#[derive(Clone, Copy)]
pub(crate) enum Plant {
    /// One of another kind, behind it.
    Other,
    /// Another one of its kind, behind it.
    Same,
    /// One of another kind, in its stead.
    Instead,
}

/// A Git repository with a file for each kind of secret, `src/KIND.txt`, whose second line holds one. The home of scanners is
/// the folder around it, for they leave things there.
pub(crate) struct Project {
    folder: TempDir,
    scanner: Scanner,
}

impl Project {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let project = Self { folder, scanner: Scanner::new(RuleSet::embedded()) };
        fs::create_dir(project.path()).expect("a folder");
        project.run("git", &["init", "--quiet", "."]);
        for (kind, _) in KINDS {
            project
                .write(&format!("src/{kind}.txt"), &format!("# {kind}\nvalue = \"{}\"\n", secret(kind, 1)));
        }
        project.commit();
        project
    }

    /// Writes another secret into each file.
    pub(crate) fn plant(&self, plant: Plant) {
        for (at, (kind, _)) in KINDS.iter().enumerate() {
            let (first, next) = (secret(kind, 1), KINDS[(at + 1) % KINDS.len()].0);
            let line = match plant {
                Plant::Other => format!("\"{first}\" \"{}\"", secret(next, 2)),
                Plant::Same => format!("\"{first}\" \"{}\"", secret(kind, 2)),
                Plant::Instead => format!("\"{}\"", secret(next, 2)),
            };
            self.write(&format!("src/{kind}.txt"), &format!("# {kind}\nvalue = {line}\n"));
        }
        self.commit();
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path().join(name)).expect("a file");
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a writable file");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect("a readable file")
    }

    fn commit(&self) {
        self.run("git", &["add", "--all"]);
        self.run("git", &["commit", "--quiet", "--message", "change"]);
    }

    /// Runs another scanner in the project; its exit code tells whether it found something.
    pub(crate) fn scanner(&self, name: &str, args: &[&str]) -> Output {
        let program = Path::new(TOOLS).join(name);
        assert!(program.exists(), "{name} is not in target/tools: `cargo xtask test` installs it");
        self.command(&program, args).output().expect("a program that starts")
    }

    /// Runs another scanner as [`Project::scanner`], with `answers` as what a person types.
    pub(crate) fn audit(&self, name: &str, args: &[&str], answers: &str) -> Output {
        let mut command = self.command(&Path::new(TOOLS).join(name), args);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("a program that starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(answers.as_bytes()).expect("a program that reads");
        drop(stdin);
        child.wait_with_output().expect("a program that ends")
    }

    fn run(&self, program: &str, args: &[&str]) {
        let output = self.command(Path::new(program), args).output().expect("a program that starts");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn command(&self, program: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path()).args(args).stdin(Stdio::null());
        // Nothing of whoever runs the tests decides what a scanner does.
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path());
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "A").env(format!("GIT_{role}_EMAIL"), "a@example.org");
        }
        command
    }

    /// Which secrets entries mean among what we find in its files, or with `git:` in its history: path, kind and number, without
    /// those that are told twice. What is not carried over is told in words.
    pub(crate) fn told(&self, read: &Ignores, scheme: &str) -> Vec<String> {
        let findings = self.findings(scheme);
        let mut told = Vec::new();
        for outcome in outcomes(&read.entries, &findings, &self.root()) {
            if outcome.fate != EntryFate::Carried {
                told.push(outcome.fate.to_string());
            }
            let means = outcome.findings.iter().map(|at| &findings[*at]);
            told.extend(means.map(|finding| format!("{} {}", finding.location.path, name(finding))));
        }
        told.sort();
        told.dedup();
        told
    }

    /// Its path as a text.
    pub(crate) fn root(&self) -> String {
        self.path().to_str().expect("a path in UTF-8").to_owned()
    }

    fn findings(&self, scheme: &str) -> Vec<Finding> {
        let target = Target::parse(&format!("{scheme}{}", self.path().display())).expect("a target");
        let opened = open(&[target], &BTreeMap::new()).expect("a folder that opens");
        let (cancel, progress) = (Cancel::default(), Progress::default());
        let fingerprinter = Fingerprinter::new(KeyKind::Once, &[0; 32]);
        let context = Context {
            scanner: &self.scanner,
            fingerprinter: &fingerprinter,
            cancel: &cancel,
            progress: &progress,
            limits: Limits::default(),
            threads: 1,
        };
        let mut findings: Vec<Finding> = Vec::new();
        scan(&opened, &context, &mut findings);
        findings
    }
}

/// Which of our secrets it is.
fn name(finding: &Finding) -> String {
    let all = KINDS.iter().flat_map(|(kind, _)| [(kind, 1), (kind, 2)]);
    let mut same = all.filter(|(kind, number)| secret(kind, *number).as_bytes() == finding.secret.expose());
    same.next().map_or_else(|| finding.rule.id.clone(), |(kind, number)| format!("{kind} {number}"))
}

/// What [`Project::told`] says if each entry means the secret that was there first.
pub(crate) fn firsts() -> Vec<String> {
    let mut firsts = KINDS.map(|(kind, _)| format!("src/{kind}.txt {kind} 1")).to_vec();
    firsts.sort();
    firsts
}
