//! Repositories for tests, and how they are scanned.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use stanch_engine::{Match, RuleSet, Scanner, expand};
use stanch_model::{Coverage, Finding, Fingerprinter, KeyKind, Step};
use stanch_sources::{
    Cancel, Context, Limits, OpenError, Progress, RawMatch, SourceConfigs, Target, git_matches, open, scan,
};
use tempfile::TempDir;

/// A short rule and its id, two that look around themselves, two that heed paths, and one that reaches far.
const RULES: &str = r#"
provider = "Test"

[[rule]]
id = "test-token"
name = "Test token"
description = "Opens nothing."
pattern = '''\b(?P<secret>tok_[a-z0-9]{24})\b'''
severity = "low"
confidence = "high"
tags = []
references = ["https://example.org"]
examples = ["tok_${lowernum:24}"]
negatives = ["tok_${lowernum:20}"]

[[rule.part]]
name = "id"
pattern = '\bid_[a-z0-9]{8}\b'

[[rule]]
id = "test-id"
name = "Test id"
description = "Names a token."
pattern = '\bid_[a-z0-9]{8}\b'
severity = "low"
confidence = "high"
tags = []
references = ["https://example.org"]
examples = ["id_${lowernum:8}"]
negatives = ["id_${lowernum:7}"]

[[rule]]
id = "test-code"
name = "Test code"
description = "Opens nothing, and is one only where its room stands near."
pattern = '\bcode_[0-9]{12}\b'
severity = "low"
confidence = "low"
tags = []
references = ["https://example.org"]
examples = ["room 4 code_${digit:12}"]
negatives = ["code_${digit:12}"]

[[rule.part]]
name = "room"
pattern = '\broom [0-9]\b'
within_bytes = 80
required = true

[[rule]]
id = "test-pin"
name = "Test pin"
description = "Opens nothing, and is one only where the word vault stands near."
pattern = '''\bpin_[0-9]{12}\b'''
severity = "low"
confidence = "low"
tags = []
references = ["https://example.org"]
examples = ["vault pin_${digit:12}"]
negatives = ["pin_${digit:12}"]
context = { words = ["vault"], within_bytes = 60 }

[[rule.allow]]
condition = "all"
on = "line"
patterns = ["and then -{30}"]
paths = ["^folder1/"]

[[rule.allow]]
on = "line"
patterns = ["and then -{60}"]

[[rule]]
id = "test-door"
name = "Test door"
description = "Opens nothing, and is one only in settings."
pattern = '''\bdoor_[a-z0-9]{20}\b'''
severity = "low"
confidence = "high"
paths = ['\.conf$']

[[rule]]
id = "test-opening"
name = "Test opening"
description = "Opens nothing, and may be anything."
pattern = '''\b(?:door|gate)_[a-z0-9]{20}\b'''
severity = "low"
confidence = "low"

[[rule]]
id = "test-block"
name = "Test block"
description = "Opens nothing, and is longer than what deltas usually add."
pattern = '''<<block>>[^<]{20,4000}<<end>>'''
severity = "low"
confidence = "high"
tags = []
references = ["https://example.org"]
examples = ["<<block>>${alnum:40}<<end>>"]
negatives = ["<<block>>${alnum:4}<<end>>"]
"#;

/// A repository in a folder that goes away with it.
pub(crate) struct Repo {
    folder: TempDir,
    path: PathBuf,
}

impl Repo {
    /// A new work tree; `options` go to `git init`.
    pub(crate) fn init(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("repo");
        let repo = Self { folder, path };
        fs::create_dir(&repo.path).expect("a folder");
        repo.git(&[&["init", "--quiet", "--initial-branch=main"], options].concat());
        repo
    }

    /// The folder around the repository.
    pub(crate) fn around(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What `git` with these arguments prints.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git_at(&self.path, arguments, b"")
    }

    /// The same, with something on standard input.
    pub(crate) fn git_fed(&self, arguments: &[&str], input: &[u8]) -> String {
        git_at(&self.path, arguments, input)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("written");
    }

    /// Writes the files, commits everything, and gives the id of the commit.
    pub(crate) fn commit(&self, message: &str, files: &[(&str, &str)]) -> String {
        for (path, text) in files {
            self.write(path, text);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }
}

/// Runs `git` without regard to the settings of user and machine, and gives what it prints.
pub(crate) fn git_at(folder: &Path, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("git")
        .current_dir(folder)
        .args(["-c", "protocol.file.allow=always", "-c", "gc.auto=0", "-c", "maintenance.auto=false"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([("GIT_AUTHOR_NAME", "Ada"), ("GIT_AUTHOR_EMAIL", "ada@example.org")])
        .envs([("GIT_COMMITTER_NAME", "Bo"), ("GIT_COMMITTER_EMAIL", "bo@example.org")])
        .envs([("GIT_AUTHOR_DATE", "1700000000 +0100"), ("GIT_COMMITTER_DATE", "1700000100 +0000")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git is installed");
    child.stdin.take().expect("piped").write_all(input).expect("git reads it");
    let output = child.wait_with_output().expect("git ends");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// A secret that the first test rule finds.
pub(crate) fn token(seed: u64) -> String {
    String::from_utf8(expand("tok_${lowernum:24}", seed, None).expect("valid")).expect("ASCII")
}

/// `name` as reports show it: of the token it starts with after its folders, seven characters are left.
pub(crate) fn masked(name: &str) -> String {
    let start = name.find("tok_").expect("a token");
    format!("{}********{}", &name[..start + 7], &name[start + 28..])
}

/// The id of a token.
pub(crate) fn id(seed: u64) -> String {
    String::from_utf8(expand("id_${lowernum:8}", seed, None).expect("valid")).expect("ASCII")
}

/// A secret that is found where its room is near.
pub(crate) fn code(seed: u64) -> String {
    String::from_utf8(expand("code_${digit:12}", seed, None).expect("valid")).expect("ASCII")
}

/// A secret that is found in settings; elsewhere it is another rule's.
pub(crate) fn door(seed: u64) -> String {
    String::from_utf8(expand("door_${lowernum:20}", seed, None).expect("valid")).expect("ASCII")
}

/// A secret that is found where its word is near.
pub(crate) fn pin(seed: u64) -> String {
    String::from_utf8(expand("pin_${digit:12}", seed, None).expect("valid")).expect("ASCII")
}

/// Runs `action` with all that a scan needs.
pub(crate) fn with_context<R>(action: impl FnOnce(&Context<'_>) -> R) -> R {
    let scanner = Scanner::new(RuleSet::parse("test.toml", RULES).expect("valid rules"));
    let fingerprinter = Fingerprinter::new(KeyKind::Once, &[0; 32]);
    let (cancel, progress) = (Cancel::default(), Progress::default());
    action(&Context {
        scanner: &scanner,
        fingerprinter: &fingerprinter,
        cancel: &cancel,
        progress: &progress,
        limits: Limits::default(),
        threads: 2,
    })
}

/// Scans `git:path` with the settings in `config`.
pub(crate) fn try_scan(path: &Path, config: &str) -> Result<(Vec<Finding>, Coverage), OpenError> {
    let target = Target::parse(&format!("git:{}", path.display()))?;
    let config = toml::from_str(config).expect("valid TOML");
    let opened = open(&[target], &SourceConfigs::from([("git".to_owned(), config)]))?;
    Ok(with_context(|context| {
        let mut findings: Vec<Finding> = Vec::new();
        let coverage = scan(&opened, context, &mut findings);
        (findings, coverage)
    }))
}

/// Scans all history at `path`.
pub(crate) fn scan_all(path: &Path) -> (Vec<Finding>, Coverage) {
    try_scan(path, "").expect("a repository")
}

/// The raw matches of a scan that makes use of deltas, and of one that does not.
pub(crate) fn both_ways(path: &Path) -> [BTreeSet<RawMatch>; 2] {
    [false, true].map(|whole| {
        let (matches, coverage) =
            with_context(|context| git_matches(path, whole, context)).expect("a repository");
        assert_eq!(coverage.skips, [], "{}", path.display());
        matches
    })
}

/// Every blob as `git cat-file` gives it, scanned by itself; and how many there are.
pub(crate) fn as_git_tells(path: &Path) -> (BTreeSet<RawMatch>, u64) {
    let format = "--batch-check=%(objectname) %(objecttype)";
    let listed = git_at(path, &["cat-file", "--batch-all-objects", format], b"");
    let mut matches = BTreeSet::new();
    let mut blobs = 0;
    let ids: Vec<&str> = listed.lines().filter_map(|line| line.strip_suffix(" blob")).collect();
    let contents = batch(path, &ids);
    with_context(|context| {
        for (id, bytes) in ids.iter().zip(&contents) {
            let mut found: Vec<Match> = Vec::new();
            context.scanner.scan(&mut context.scanner.scratch(), bytes, &mut found);
            blobs += 1;
            matches.extend(found.into_iter().map(|found| {
                ((*id).to_owned(), context.scanner.info(found.rule).id.clone(), found.span, found.secret)
            }));
        }
    });
    (matches, blobs)
}

/// The bytes of each of the blobs `ids`.
fn batch(path: &Path, ids: &[&str]) -> Vec<Vec<u8>> {
    let list = tempfile::NamedTempFile::new().expect("a file");
    fs::write(list.path(), ids.join("\n") + "\n").expect("written");
    let output = Command::new("git")
        .current_dir(path)
        .args(["cat-file", "--batch"])
        .stdin(fs::File::open(list.path()).expect("just written"))
        .output()
        .expect("git is installed");
    let mut rest = &output.stdout[..];
    let next = |_: &&str| {
        let (header, after) = rest.split_at(rest.iter().position(|&byte| byte == b'\n').expect("a header"));
        let size: usize =
            String::from_utf8_lossy(header).rsplit(' ').next().expect("a size").parse().expect("one");
        let bytes = after[1..=size].to_vec();
        rest = &after[size + 2..];
        bytes
    };
    ids.iter().map(next).collect()
}

/// Path, time-independent kind of place, and whether it is in the head of a branch, of each finding.
pub(crate) fn places(findings: &[Finding]) -> Vec<(String, String)> {
    let of = |finding: &Finding| {
        let steps: Vec<String> =
            finding.provenance.0.iter().map(step).filter(|step| !step.is_empty()).collect();
        (finding.location.path.clone(), steps.join(" "))
    };
    findings.iter().map(of).collect()
}

fn step(step: &Step) -> String {
    match step {
        Step::Commit { id, in_head, .. } => {
            format!("commit {}{}", &id[..7], if *in_head { "+" } else { "-" })
        }
        Step::Unreachable => "unreachable".to_owned(),
        Step::Index => "index".to_owned(),
        Step::Object { object, .. } => object.clone(),
        Step::Text { what } => what.clone(),
        _ => String::new(),
    }
}

/// Item and reason of each skip.
pub(crate) fn skips(coverage: &Coverage) -> Vec<(&str, &str)> {
    coverage.targets[0].skips.iter().map(|skip| (skip.item.as_str(), skip.reason.as_str())).collect()
}
