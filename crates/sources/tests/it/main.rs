//! The sources as their callers see them: targets in, findings and coverage out.

mod encoded;
mod files;
mod git;
mod identity;
mod pipeline;

use std::{collections::BTreeMap, fs, path::Path};

use libdeflater::{CompressionLvl, Compressor};
use stanch_engine::{RuleSet, Scanner, expand};
use stanch_model::{Coverage, Finding, Fingerprinter, KeyKind};
use stanch_sources::{Cancel, Context, Limits, Opened, Progress, SourceConfigs, Target, open, scan};
use tempfile::TempDir;

/// One rule without a check, so that a test needs only random letters.
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
"#;

/// How a test scans.
struct Run {
    limits: Limits,
    threads: usize,
    cancel: Cancel,
    progress: Progress,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            threads: 2,
            cancel: Cancel::default(),
            progress: Progress::default(),
        }
    }
}

impl Run {
    fn scan(&self, targets: &[Opened]) -> (Vec<Finding>, Coverage) {
        let scanner = Scanner::new(RuleSet::parse("test.toml", RULES).expect("valid rules"));
        let fingerprinter = Fingerprinter::new(KeyKind::Once, &[0; 32]);
        let context = Context {
            scanner: &scanner,
            fingerprinter: &fingerprinter,
            cancel: &self.cancel,
            progress: &self.progress,
            limits: self.limits,
            threads: self.threads,
        };
        let mut findings: Vec<Finding> = Vec::new();
        let coverage = scan(targets, &context, &mut findings);
        (findings, coverage)
    }
}

/// A secret that the test rule finds.
fn secret(seed: u64) -> String {
    String::from_utf8(expand("tok_${lowernum:24}", seed, None).expect("valid")).expect("ASCII")
}

/// A stream that holds `text`.
fn gzip(text: &str) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut stream = vec![0; compressor.gzip_compress_bound(text.len())];
    let len = compressor.gzip_compress(text.as_bytes(), &mut stream).expect("room enough");
    stream.truncate(len);
    stream
}

/// A folder with `files`.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        write(folder.path(), path, text.as_bytes());
    }
    folder
}

fn write(folder: &Path, path: &str, bytes: &[u8]) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    fs::write(path, bytes).expect("written");
}

/// `[sources.<name>]` with the settings in `text`.
fn settings(name: &str, text: &str) -> SourceConfigs {
    BTreeMap::from([(name.to_owned(), toml::from_str(text).expect("valid TOML"))])
}

fn target(path: &Path) -> Target {
    Target::parse(path.to_str().expect("UTF-8")).expect("a path")
}

fn opened(path: &Path) -> Vec<Opened> {
    open(&[target(path)], &SourceConfigs::new()).expect("can be opened")
}

/// The paths of the findings, in the order reported.
fn paths(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.location.path.as_str()).collect()
}

/// Item and reason of each skip of the first target.
fn skips(coverage: &Coverage) -> Vec<(&str, &str)> {
    coverage.targets[0].skips.iter().map(|skip| (skip.item.as_str(), skip.reason.as_str())).collect()
}
