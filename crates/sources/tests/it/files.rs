//! Files and folders, ordinary and not.

use std::{fs, path::Path, process::Command};

use stanch_model::{Coverage, Finding, Step};
use stanch_sources::{OpenError, SourceConfigs, Target, open};

use crate::{Run, folder, opened, paths, secret, settings, skips, target, write};

fn scan(path: &Path) -> (Vec<Finding>, Coverage) {
    Run::default().scan(&opened(path))
}

fn scan_with(path: &Path, config: &str) -> (Vec<Finding>, Coverage) {
    Run::default().scan(&open(&[target(path)], &settings("fs", config)).expect("can be opened"))
}

fn open_error(path: &Path) -> OpenError {
    open(&[target(path)], &SourceConfigs::new()).err().expect("cannot be opened")
}

#[test]
fn hidden_files_are_scanned_and_git_folders_are_not() {
    let text = secret(1);
    let folder =
        folder(&[(".env", &text), ("a/.hidden/b", &text), (".git/config", &text), ("m/.git", &text)]);
    let (findings, coverage) = scan(folder.path());
    assert_eq!(paths(&findings), [".env", "a/.hidden/b", "m/.git"]);
    assert!(coverage.is_complete());
    assert_eq!((coverage.blobs(), coverage.bytes()), (3, 3 * 28));
}

#[test]
fn ignore_files_of_the_target_are_honoured_unless_told_otherwise() {
    let text = secret(1);
    let files =
        [(".gitignore", "*.log\n"), ("a.log", &text), ("s/.ignore", "b\n"), ("s/b", &text), ("c", &text)];
    let folder = folder(&files);
    assert_eq!(paths(&scan(folder.path()).0), ["c"]);
    assert_eq!(paths(&scan_with(folder.path(), "no_ignore = true").0), ["a.log", "c", "s/b"]);
}

#[test]
fn ignore_files_above_the_target_count_within_its_repository_only() {
    let text = secret(1);
    let folder = folder(&[
        (".gitignore", "*\n"),
        ("plain/a", &text),
        ("repo/.gitignore", "b\n"),
        ("repo/sub/b", &text),
    ]);
    assert_eq!(paths(&scan(&folder.path().join("plain")).0), ["a"]);
    assert_eq!(paths(&scan(&folder.path().join("repo/sub")).0), ["b"]);
    fs::create_dir(folder.path().join("repo/.git")).expect("created");
    assert!(scan(&folder.path().join("repo/sub")).0.is_empty());
}

#[test]
fn names_are_scanned_once_each() {
    let (folder_name, file_name) = (format!("x-{}", secret(1)), format!("{}.txt", secret(2)));
    let path = format!("{folder_name}/{file_name}");
    let folder =
        folder(&[(&path, "plain"), (&format!("{folder_name}/other"), "plain"), (&secret(3), &secret(4))]);
    let (findings, coverage) = scan(folder.path());
    let masked = |seed| format!("{}********", &secret(seed)[..7]);
    let (masked_folder, masked_file) = (format!("x-{}", masked(1)), format!("{}.txt", masked(2)));
    let within = format!("{masked_folder}/{masked_file}");
    assert_eq!(paths(&findings), [&masked(3), &masked(3), &masked_folder, &within]);
    let name = &findings[3];
    assert_eq!((name.location.line, name.location.column, name.location.byte_end), (1, 1, 28));
    let steps = [
        Step::Directory { path: folder.path().display().to_string() },
        Step::Path { path: within.clone() },
        Step::Text { what: "file-name".to_owned() },
    ];
    assert_eq!(name.provenance.0, steps);
    assert_eq!(coverage.blobs(), 3, "names are no blobs");
    let (findings, _) = scan(&folder.path().join(path));
    assert_eq!(paths(&findings), [&masked_file]);
}

#[test]
fn exclude_leaves_out_what_its_globs_name() {
    let text = secret(1);
    let folder = folder(&[("a/x.min.js", &text), ("vendor/b", &text), ("c", &text)]);
    let config = r#"exclude = ["*.min.js", "/vendor"]"#;
    assert_eq!(paths(&scan_with(folder.path(), config).0), ["c"]);
    let wrong =
        open(&[target(folder.path())], &settings("fs", r#"exclude = ["a{"]"#)).err().expect("a bad glob");
    assert!(wrong.to_string().starts_with("[sources.fs]: exclude: "), "{wrong}");
}

#[test]
fn a_file_is_a_target_by_its_name() {
    let folder = folder(&[("sub/one.txt", &format!("x = {}", secret(1)))]);
    let file = folder.path().join("sub/one.txt");
    let (findings, _) = scan(&file);
    assert_eq!(paths(&findings), ["one.txt"]);
    let steps = [Step::Directory { path: file.display().to_string() }];
    assert_eq!(findings[0].provenance.0, steps, "a file has no path within itself");
    let place = &findings[0].location;
    assert_eq!((place.line, place.column, place.end_column, place.byte_start), (1, 5, 33, 4));
}

#[test]
fn files_above_the_limit_are_named() {
    let text = secret(1);
    let folder = folder(&[("big", &format!("{text} ")), ("fits", &text), ("empty", "")]);
    let (findings, coverage) = scan_with(folder.path(), "max_file_bytes = 28");
    assert_eq!(paths(&findings), ["fits"]);
    assert_eq!(skips(&coverage), [("big", "too-large")]);
    assert_eq!(coverage.targets[0].skips[0].detail, "29 bytes, max_file_bytes = 28");
    assert!(!coverage.is_complete() && coverage.blobs() == 2);
}

#[test]
fn large_files_are_scanned_to_their_last_byte() {
    let folder = folder(&[]);
    let mut bytes = vec![b'a'; 9 << 20];
    let expected = [101, (4 << 20) - 9, (8 << 20) - 100_000, (9 << 20) - 28];
    for (seed, &at) in (0..).zip(&expected) {
        bytes[at - 1] = b' ';
        bytes[at..at + 28].copy_from_slice(secret(seed).as_bytes());
        bytes.get_mut(at + 28).into_iter().for_each(|byte| *byte = b' ');
    }
    write(folder.path(), "big", &bytes);
    let (findings, coverage) = scan(folder.path());
    let starts: Vec<usize> = findings.iter().map(|finding| finding.location.byte_start).collect();
    assert_eq!(starts, expected);
    assert_eq!((coverage.blobs(), coverage.bytes()), (1, bytes.len() as u64));
}

#[test]
fn what_is_not_there_cannot_be_opened() {
    let folder = folder(&[("file", "")]);
    for path in ["missing", "file/below"] {
        let path = folder.path().join(path);
        let error = open_error(&path).to_string();
        assert!(error.starts_with(&format!("{}: ", path.display())), "{error}");
    }
    let long = folder.path().join("n".repeat(300));
    assert!(open_error(&long).to_string().contains("too long"));
}

#[test]
fn unknown_settings_are_refused() {
    let folder = folder(&[]);
    let error = open(&[target(folder.path())], &settings("fs", "follow = true")).err().expect("refused");
    assert!(error.to_string().contains("[sources.fs]: unknown field `follow`"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_is_named_with_the_reason() {
    // The memory of a process reads as an error at address 0, even for its superuser.
    let (findings, coverage) = scan(Path::new("/proc/self/mem"));
    assert!(findings.is_empty());
    assert_eq!(skips(&coverage), [("mem", "unreadable")]);
    assert!(coverage.targets[0].skips[0].detail.contains("os error 5"), "{coverage:?}");
    assert_eq!(coverage.blobs(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn files_without_a_size_are_read() {
    let (_, coverage) = scan(Path::new("/proc/self/status"));
    assert!(coverage.is_complete() && coverage.bytes() > 0, "{coverage:?}");
}

#[cfg(unix)]
mod unix {
    use std::{
        ffi::OsStr,
        os::unix::{ffi::OsStrExt as _, fs::symlink, net::UnixListener},
    };

    use super::*;

    #[test]
    fn links_are_named_and_not_followed_in_a_tree() {
        let folder = folder(&[("real", &secret(1))]);
        symlink("real", folder.path().join("to-file")).expect("linked");
        symlink(".", folder.path().join("loop")).expect("linked");
        symlink("nowhere", folder.path().join("broken")).expect("linked");
        let (findings, coverage) = scan(folder.path());
        assert_eq!(paths(&findings), ["real"]);
        assert_eq!(skips(&coverage), [("broken", "symlink"), ("loop", "symlink"), ("to-file", "symlink")]);
        assert!(coverage.is_complete());
    }

    #[test]
    fn no_list_of_what_to_ignore_is_waited_for() {
        let text = secret(1);
        for list in [".gitignore", ".ignore", ".git/info/exclude"] {
            for place in ["", "sub", "sub/deep"] {
                let folder = folder(&[("sub/deep/a.txt", &text), ("b.txt", &text)]);
                let pipe = folder.path().join(place).join(list);
                fs::create_dir_all(pipe.parent().expect("a folder")).expect("created");
                assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
                for (target, expected) in [("", 2), ("sub", 1)] {
                    let (sender, receiver) = std::sync::mpsc::channel();
                    let target = folder.path().join(target);
                    std::thread::spawn(move || sender.send(scan(&target)));
                    // Far longer than any scan here takes: one that waits for a pipe never ends.
                    let told = receiver.recv_timeout(std::time::Duration::from_mins(2));
                    let (findings, coverage) = told.expect("the scan ends");
                    assert_eq!(findings.len(), expected, "{list} in {place:?}");
                    assert!(coverage.is_complete(), "{coverage:?}");
                }
            }
        }
    }

    #[test]
    fn names_of_what_is_skipped_are_scanned() {
        let folder = folder(&[]);
        symlink("nowhere", folder.path().join(secret(1))).expect("linked");
        let pipe = folder.path().join(secret(2));
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
        fs::write(folder.path().join(secret(3)), "too large").expect("written");
        let (findings, coverage) = scan_with(folder.path(), "max_file_bytes = 1");
        assert_eq!(findings.len(), 3);
        assert!(findings.iter().all(|finding| finding.location.path.ends_with("********")));
        assert_eq!(coverage.targets[0].skips.len(), 3);
    }

    #[test]
    fn a_link_as_the_target_is_followed() {
        let folder = folder(&[("tree/a", &secret(1))]);
        symlink("tree", folder.path().join("to-tree")).expect("linked");
        symlink("tree/a", folder.path().join("to-file")).expect("linked");
        assert_eq!(paths(&scan(&folder.path().join("to-tree")).0), ["a"]);
        assert_eq!(paths(&scan(&folder.path().join("to-file")).0), ["to-file"]);
        assert!(scan(&folder.path().join("to-tree")).1.targets[0].skips.is_empty());
    }

    #[test]
    fn a_link_to_itself_or_nothing_cannot_be_opened() {
        let folder = folder(&[]);
        symlink("self", folder.path().join("self")).expect("linked");
        symlink("nothing", folder.path().join("broken")).expect("linked");
        assert!(open_error(&folder.path().join("self")).to_string().contains("symbolic links"));
        assert!(matches!(open_error(&folder.path().join("broken")), OpenError::Path { .. }));
    }

    #[test]
    fn pipes_and_sockets_are_named_and_never_opened() {
        let folder = folder(&[("real", &secret(1))]);
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
        let _socket = UnixListener::bind(folder.path().join("socket")).expect("bound");
        let (findings, coverage) = scan(folder.path());
        assert_eq!(paths(&findings), ["real"]);
        assert_eq!(skips(&coverage), [("pipe", "special-file"), ("socket", "special-file")]);
        assert!(
            open_error(&pipe).to_string().ends_with("found a pipe, socket or device; - scans standard input")
        );
    }

    #[test]
    fn names_that_are_not_text_are_shown_as_far_as_they_are() {
        let folder = folder(&[]);
        let name = OsStr::from_bytes(b"caf\xe9.txt");
        fs::write(folder.path().join(name), secret(1)).expect("written");
        assert_eq!(paths(&scan(folder.path()).0), ["caf\u{fffd}.txt"]);
    }
}

#[test]
fn schemes_are_known_by_name() {
    let error = Target::parse("gopher:x").expect_err("unknown").to_string();
    assert!(error.starts_with(r#"unknown scheme "gopher": expected one of "#), "{error}");
    assert!(error.contains("fs, ") && error.contains("stdin"), "{error}");
}
