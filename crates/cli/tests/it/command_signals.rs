//! Ctrl-C: once for a report of what was covered, twice for an end.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::{Child, Command},
};

use crate::{Place, key};

/// More than a pipe holds, so that who has written it knows that the reader is at work.
const PIPEFUL: usize = 1 << 20;

fn interrupt(child: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
    assert!(sent.expect("a shell").success());
}

/// Waits until the process says that it was interrupted.
fn await_note(child: &mut Child) {
    let mut line = String::new();
    BufReader::new(child.stderr.take().expect("a pipe")).read_line(&mut line).expect("text");
    assert!(line.starts_with("stanch: stopping"), "{line}");
}

#[test]
fn the_first_ends_the_scan_and_still_reports() {
    let place = Place::new();
    let mut child = place.scan(&["-"]).spawn();
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(&vec![b'\n'; PIPEFUL]).expect("an open pipe");
    interrupt(&child);
    await_note(&mut child);
    drop(stdin);
    let mut report = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut report).expect("text");
    assert!(report.contains(r#""cancelled":true"#), "{report}");
    assert_eq!(child.wait().expect("an end").code(), Some(2));
}

#[test]
fn the_second_ends_the_process() {
    let place = Place::new();
    let keys: String = (0..5_000).map(|number| key("m", number) + "\n").collect();
    place.write("keys", keys);
    let mut child = place.scan(&["keys"]).spawn();
    // The report has begun and nobody reads on, so that the process cannot end by itself.
    child.stdout.as_mut().expect("a pipe").read_exact(&mut [0]).expect("a report");
    interrupt(&child);
    await_note(&mut child);
    interrupt(&child);
    assert_eq!(child.wait().expect("an end").code(), Some(130));
}
