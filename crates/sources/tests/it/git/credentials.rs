//! Secrets with their ids, in histories that bring them one after the other.

use stanch_model::Finding;

use super::repo::{Repo, id, scan_all, token};

/// Rule and parts of each finding, the token's number for its value.
fn told(repo: &Repo) -> Vec<String> {
    let (findings, coverage) = scan_all(repo.path());
    assert!(coverage.is_complete(), "{coverage:?}");
    let tell = |finding: &Finding| {
        let parts = finding.parts.iter().map(|part| {
            assert_eq!(part.location.path, finding.location.path);
            format!(" {}={}:{}", part.name, part.value.shown(), part.location.line)
        });
        format!("{}:{}{}", finding.rule.id, finding.location.line, parts.collect::<String>())
    };
    findings.iter().map(tell).collect()
}

#[test]
fn a_pair_is_one_finding() {
    let repo = Repo::init(&[]);
    repo.commit("one", &[("a.txt", &format!("{}\n{}\n", id(1), token(1)))]);
    repo.commit("two", &[("a.txt", &format!("moved\n{}\n{}\n", id(1), token(1)))]);
    assert_eq!(told(&repo), [format!("test-token:2 id={}:1", id(1))]);
}

#[test]
fn an_id_that_came_before_its_secret_is_reported_there_and_with_it() {
    let repo = Repo::init(&[]);
    repo.commit("one", &[("a.txt", &id(1))]);
    repo.commit("two", &[("a.txt", &format!("{} {}\n", id(1), token(1)))]);
    assert_eq!(told(&repo), ["test-id:1".to_owned(), format!("test-token:1 id={}:1", id(1))]);
}

#[test]
fn an_id_that_came_after_its_secret_is_not_lost() {
    let repo = Repo::init(&[]);
    repo.commit("one", &[("a.txt", &token(1))]);
    repo.commit("two", &[("a.txt", &format!("{} {}\n", token(1), id(1)))]);
    assert_eq!(told(&repo), ["test-token:1", "test-id:1"]);
}

#[test]
fn what_is_reported_elsewhere_is_masked_in_source_lines_too() {
    let repo = Repo::init(&[]);
    repo.commit("one", &[("a.txt", &format!("first = {}\n", token(1)))]);
    repo.commit("two", &[("a.txt", &format!("first = {}, second = {}\n", token(1), token(2)))]);
    let (findings, _) = scan_all(repo.path());
    let lines: Vec<&str> = findings
        .iter()
        .filter_map(|finding| finding.snippet.as_ref())
        .map(|line| line.text.as_str())
        .collect();
    let masked = |seed| format!("{}********", &token(seed)[..7]);
    assert_eq!(
        lines,
        [format!("first = {}", masked(1)), format!("first = {}, second = {}", masked(1), masked(2))]
    );
}
