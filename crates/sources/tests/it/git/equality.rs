//! A scan that makes use of deltas finds what a scan of every blob finds.

use std::fmt::Write as _;

use data_encoding::BASE64;
use stanch_model::Encoding;

use super::repo::{Repo, as_git_tells, both_ways, code, id, pin, scan_all, token};
use crate::gzip;

/// `SplitMix64`: <https://prng.di.unimi.it/splitmix64.c> (public domain).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

/// A file that is edited again and again around the secrets in it.
fn first_text(random: &mut Random) -> Vec<String> {
    (0..120).map(|line| format!("line {line} {:x}", random.below(1 << 40))).collect()
}

/// A text with a secret, mostly so short that it can be looked at by itself.
fn base64(random: &mut Random) -> String {
    let text = format!("host: db\nkey: {}\n", token(random.below(40) as u64));
    BASE64.encode(text.repeat(1 + random.below(7)).as_bytes())
}

fn edit(lines: &mut Vec<String>, random: &mut Random) {
    let at = random.below(lines.len());
    match random.below(18) {
        0 => lines.insert(at, format!("key = {}", token(random.below(40) as u64))),
        1 => lines.insert(
            at,
            format!("{} and then {}", pin(random.below(40) as u64), "-".repeat(random.below(90))),
        ),
        2 => lines.insert(at, "the vault".to_owned()),
        3 => {
            let cut = random.below(lines[at].len() + 1);
            lines[at].insert_str(cut, ["x", " ", "\n", "tok_", "vault"][random.below(5)]);
        }
        4 | 5 => drop(lines.remove(at)),
        9 => lines.insert(at, "<<block>>".to_owned()),
        10 => lines.insert(at, "<<end>>".to_owned()),
        11 => lines.insert(at, format!("{} {}", code(random.below(40) as u64), "-".repeat(random.below(90)))),
        12 => lines.insert(at, format!("room {}", random.below(10))),
        13 => lines.insert(at, id(random.below(40) as u64)),
        14 => lines.insert(at, base64(random)),
        15 => lines.insert(at, format!("config: \"{}\"", base64(random))),
        16 => {
            let key = token(random.below(40) as u64);
            let escaped = key.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
            lines.insert(at, format!("https://example.org/?key={escaped}"));
        }
        17 => lines.insert(at, format!("release: {}", BASE64.encode(&gzip(&token(random.below(40) as u64))))),
        6 => {
            let line = lines.remove(at);
            let to = random.below(lines.len());
            lines.insert(to, line);
        }
        7 => {
            let next = (at + 1).min(lines.len() - 1);
            let joined = lines[at].clone() + &lines[next];
            lines[at] = joined;
        }
        _ => lines.insert(at, format!("new {:x}", random.below(1 << 40))),
    }
    if lines.len() < 20 {
        lines.extend(first_text(random));
    }
}

/// Commits for `git fast-import`: each edits some of four files a few times.
fn stream(random: &mut Random, commits: usize, branch: &str) -> String {
    let mut files: Vec<Vec<String>> = (0..4).map(|_| first_text(random)).collect();
    // Two files never hold a block or a stream, so that there are blobs of which parts can be scanned.
    let without = |line: &String| !line.contains("<<block>>") && !line.starts_with("release: ");
    let mut stream = String::new();
    for commit in 0..commits {
        let _ = write!(
            stream,
            "commit refs/heads/{branch}\ncommitter Bo <bo@example.org> {} +0000\n",
            1_700_000_000 + commit
        );
        stream.push_str("data 4\nedit\n");
        for (file, lines) in files.iter_mut().enumerate() {
            (0..random.below(4)).for_each(|_| edit(lines, random));
            lines.retain(|line| file > 1 || without(line));
            let text = lines.join("\n");
            let _ = write!(
                stream,
                "M 100644 inline folder{}/file{file}\ndata {}\n{text}\n",
                file % 2,
                text.len()
            );
        }
        stream.push('\n');
    }
    stream
}

fn generated(options: &[&str], commits: usize) -> Repo {
    let repo = Repo::init(options);
    let random = &mut Random(commits as u64);
    repo.git_fed(&["fast-import", "--quiet"], stream(random, commits, "main").as_bytes());
    repo
}

/// Compares three ways of finding the same, and returns how many matches and blobs there are.
#[track_caller]
fn assert_equal(repo: &Repo) -> (usize, u64) {
    let (expected, blobs) = as_git_tells(repo.path());
    let [deltas, whole] = both_ways(repo.path());
    assert_eq!(whole, expected, "scanning each blob whole");
    assert_eq!(deltas, expected, "scanning what deltas add");
    let (findings, coverage) = scan_all(repo.path());
    assert_eq!(coverage.blobs(), blobs + 1, "and the configuration");
    assert_eq!(findings.is_empty(), expected.is_empty());
    (expected.len(), blobs)
}

#[test]
fn one_pack_with_deep_chains() {
    let repo = generated(&[], 400);
    repo.git(&["repack", "-adfq", "--depth=250", "--window=50"]);
    let (matches, blobs) = assert_equal(&repo);
    assert!(matches > 1000 && blobs > 500, "{matches} matches in {blobs} blobs");
    let chains = repo.git(&["verify-pack", "--stat-only", "--verbose", &pack(&repo, "idx")]);
    assert!(chains.contains("chain length = 50:"), "{chains}");
    let (findings, _) = scan_all(repo.path());
    for encodings in [&[][..], &[Encoding::Base64], &[Encoding::Percent], &[Encoding::Base64, Encoding::Gzip]]
    {
        assert!(findings.iter().any(|finding| finding.encodings == encodings), "{encodings:?}");
    }
}

#[test]
fn one_pack_without_deltas() {
    let repo = generated(&[], 60);
    repo.git(&["repack", "-adfq", "--window=0"]);
    assert_equal(&repo);
}

#[test]
fn deltas_that_name_their_base_by_id() {
    let repo = generated(&[], 80);
    repo.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq", "--depth=50"]);
    assert_equal(&repo);
}

#[test]
fn several_packs_that_repeat_objects_and_loose_ones() {
    let repo = generated(&[], 120);
    let random = &mut Random(7);
    repo.git_fed(&["fast-import", "--quiet"], stream(random, 120, "other").as_bytes());
    let objects = repo.git(&["rev-list", "--objects", "--no-object-names", "main~60"]);
    repo.git_fed(&["pack-objects", "--quiet", ".git/objects/pack/pack"], objects.as_bytes());
    for seed in 0..20 {
        let text = format!("loose\n{}\n", token(seed));
        repo.git_fed(&["hash-object", "-w", "--stdin"], text.as_bytes());
    }
    assert_equal(&repo);
}

#[test]
fn objects_named_by_sha_256() {
    let repo = generated(&["--object-format=sha256"], 80);
    repo.git(&["repack", "-adfq", "--depth=250"]);
    let (matches, _) = assert_equal(&repo);
    assert!(matches > 100);
    let (findings, _) = scan_all(repo.path());
    assert!(findings.iter().all(|finding| finding.location.path.starts_with("folder")));
}

/// The path of the only pack, or of its index.
fn pack(repo: &Repo, extension: &str) -> String {
    let folder = std::fs::read_dir(repo.path().join(".git/objects/pack")).expect("a folder of packs");
    let mut paths = folder.map(|entry| entry.expect("an entry").path());
    let path = paths.find(|path| path.extension().is_some_and(|e| e == extension)).expect("a pack");
    path.display().to_string()
}
