//! The trail is shipped to files and to syslog: nothing is left out, nothing goes twice, and what was spoiled is found.

use std::{
    fs,
    io::Read as _,
    net::{TcpListener, UdpSocket},
    path::{Path, PathBuf},
    time::Duration,
};

use stanch_server::auth::ServerKey;
use stanch_server::trail::{Checked, Shipping, TrailError, TrailSettings, check_files};
use stanch_store::{Event, StoreError};

use super::watched::{Plan, Watched, console, databases};

/// A test must not wait for ever for what does not come.
const PATIENCE: Duration = Duration::from_secs(30);

fn happens(server: &Watched, count: i64) {
    for n in 0..count {
        let event = Event::new(server.now(), &console(), "test").reason(format!("no. {n}"));
        let done = server.store.write(|tx| {
            tx.record(event.clone());
            Ok::<_, StoreError>(())
        });
        done.expect("recorded");
    }
}

fn key(server: &Watched) -> ServerKey {
    ServerKey::load_or_make(&server.folder.path().join("server.key")).expect("the key")
}

fn to_file(server: &Watched, bytes: Option<u64>) -> (PathBuf, TrailSettings) {
    let path = server.folder.path().join("trail.jsonl");
    let settings = TrailSettings { file: Some(path.clone()), file_bytes: bytes, syslog: None };
    (path, settings)
}

/// A server ships all there is, as one that was started now would.
fn ship(server: &Watched, settings: &TrailSettings) -> usize {
    let mut all = 0;
    for mut shipping in Shipping::all(&server.app, &server.auth, settings) {
        loop {
            match shipping.pass().expect("shipped") {
                0 => break,
                count => all += count,
            }
        }
    }
    all
}

fn check(server: &Watched, path: &Path) -> Result<Checked, TrailError> {
    check_files(&[path.to_owned()], Some(&key(server)), None)
}

/// A server over each database, with nine entries in its file.
fn on_each_shipped(test: impl Fn(&Watched, &Path)) {
    for database in databases() {
        let server = Watched::over(database, &Plan::default());
        let (path, settings) = to_file(&server, None);
        happens(&server, 4);
        assert_eq!(ship(&server, &settings), 4);
        happens(&server, 5);
        assert_eq!(ship(&server, &settings), 5);
        test(&server, &path);
    }
}

#[test]
fn a_file_has_the_whole_trail_once_over_restarts() {
    on_each_shipped(|server, path| {
        let checked = check(server, path).expect("whole");
        let head = server.store.read(|tx| tx.trail_head()).expect("the head");
        assert_eq!(checked, Checked { entries: 9, heads: 3, after: 0, head });
        let (_, settings) = to_file(server, None);
        assert_eq!(ship(server, &settings), 0, "there is nothing new");
    });
}

#[test]
fn what_a_server_wrote_before_it_died_is_not_written_twice() {
    on_each_shipped(|server, path| {
        let (_, settings) = to_file(server, None);
        let undone = "UPDATE trail_positions SET seq = 4, lease_by = 'dead', lease_until = 0";
        server.store.write(|tx| tx.execute(undone, &[])).expect("set back");
        let mut text = fs::read(path).expect("the file");
        text.extend_from_slice(b"{\"seq\":10,\"at\":\"20");
        fs::write(path, text).expect("written");
        happens(server, 1);
        assert_eq!(ship(server, &settings), 1);
        assert_eq!(check(server, path).expect("whole").entries, 10);
    });
}

#[test]
fn another_server_waits_while_one_ships() {
    on_each_shipped(|server, path| {
        let (_, settings) = to_file(server, None);
        happens(server, 1);
        let leased = "UPDATE trail_positions SET lease_by = 'other', lease_until = 9000000000000";
        server.store.write(|tx| tx.execute(leased, &[])).expect("leased");
        assert_eq!(ship(server, &settings), 0);
        let over = "UPDATE trail_positions SET lease_until = 0";
        server.store.write(|tx| tx.execute(over, &[])).expect("over");
        assert_eq!(ship(server, &settings), 1);
        assert_eq!(check(server, path).expect("whole").entries, 10);
    });
}

#[test]
fn a_large_file_is_put_away_and_the_next_goes_on() {
    for database in databases() {
        let server = Watched::over(database, &Plan::default());
        let (path, settings) = to_file(&server, Some(1));
        for _ in 0..3 {
            happens(&server, 2);
            ship(&server, &settings);
        }
        let aside = |n: i64| PathBuf::from(format!("{}.{n}", path.display()));
        let files = [aside(2), aside(4), aside(6)];
        let checked = check_files(&files, Some(&key(&server)), None).expect("whole");
        assert_eq!((checked.entries, checked.after, checked.head.0), (6, 0, 6));
        let second = check_files(&files[1..], None, None).expect("whole");
        assert_eq!((second.entries, second.after), (4, 2));
        let gap = check_files(&[aside(2), aside(6)], None, None).expect_err("a file is missing");
        assert!(matches!(gap, TrailError::Head { head: 4, found: 2, .. }), "{gap}");
    }
}

#[test]
fn what_was_changed_taken_out_put_in_or_cut_off_is_found() {
    on_each_shipped(|server, path| {
        let whole = fs::read_to_string(path).expect("the file");
        let lines: Vec<&str> = whole.lines().collect();
        let spoilt = |lines: Vec<&str>| {
            fs::write(path, lines.join("\n") + "\n").expect("written");
            check(server, path).expect_err("spoilt")
        };
        let without = |n: usize| [&lines[..n], &lines[n + 1..]].concat();
        let changed = whole.replacen("no. 2", "no. 7", 1);
        let found = spoilt(changed.lines().collect()).to_string();
        assert!(
            found.ends_with("line 4: entry 3 of the audit trail was changed, or one before it"),
            "{found}"
        );
        let found = spoilt(without(3)).to_string();
        assert!(found.ends_with("line 4: entry 4 of the audit trail follows 2"), "{found}");
        let found = spoilt([&lines[..4], &lines[3..]].concat()).to_string();
        assert!(found.ends_with("line 5: entry 3 of the audit trail follows 3"), "{found}");
        assert!(matches!(spoilt(lines[..9].to_vec()), TrailError::Cut { found: 7, .. }));
        assert!(matches!(spoilt(lines[1..].to_vec()), TrailError::NoStart { .. }));
        let kept = check_files(&[path.to_owned()], None, None);
        assert!(kept.is_err(), "no key is needed for that");
        // Cut at a head: only who kept a later one can tell.
        let cut = [lines[..6].join("\n"), String::new()].join("\n");
        fs::write(path, cut).expect("written");
        assert_eq!(check(server, path).expect("whole in itself").head.0, 4);
        let (seq, hash) = server.store.read(|tx| tx.trail_head()).expect("the head");
        let missed = check_files(&[path.to_owned()], None, Some((seq, &hash))).expect_err("cut");
        assert!(matches!(missed, TrailError::Unexpected { expected: 9, found: 4 }), "{missed}");
        // All of it computed anew, without the key of the server.
        let other = ServerKey::load_or_make(&server.folder.path().join("other.key")).expect("a key");
        fs::write(path, &whole).expect("written");
        let forged = check_files(&[path.to_owned()], Some(&other), None).expect_err("another key");
        assert!(matches!(forged, TrailError::Signature { line: 1, .. }), "{forged}");
    });
}

#[test]
fn syslog_gets_each_entry_once() {
    for database in databases() {
        let server = Watched::over(database, &Plan::default());
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("set");
        let target = format!("udp://{}", socket.local_addr().expect("an address"));
        let settings =
            TrailSettings { syslog: Some(target.parse().expect("a target")), ..TrailSettings::default() };
        happens(&server, 3);
        assert_eq!(ship(&server, &settings), 3);
        happens(&server, 1);
        assert_eq!(ship(&server, &settings), 1);
        for seq in 1..=4 {
            let mut buffer = vec![0; 65536];
            let length = socket.recv(&mut buffer).expect("a message");
            let message = String::from_utf8_lossy(&buffer[..length]);
            assert!(message.starts_with("<109>1 2027-01-15T08:00:00Z "), "{message}");
            assert!(
                message.contains(&format!("[stanchTrail@32473 seq=\"{seq}\" kind=\"test\"")),
                "{message}"
            );
        }
    }
}

#[test]
fn a_stream_tells_the_length_of_each_message() {
    for database in databases() {
        let server = Watched::over(database, &Plan::default());
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let target = format!("tcp://{}", listener.local_addr().expect("an address"));
        let settings =
            TrailSettings { syslog: Some(target.parse().expect("a target")), ..TrailSettings::default() };
        happens(&server, 2);
        assert_eq!(ship(&server, &settings), 2);
        let (mut stream, _) = listener.accept().expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("messages");
        let mut rest = text.as_str();
        for seq in 1..=2 {
            let (length, message) = rest.split_once(' ').expect("a length");
            let (message, after) = message.split_at(length.parse().expect("a number"));
            assert!(message.contains(&format!("seq=\"{seq}\"")), "{message}");
            rest = after;
        }
        assert_eq!(rest, "");
        drop(listener);
        happens(&server, 1);
        let mut shipping = Shipping::all(&server.app, &server.auth, &settings).remove(0);
        assert!(shipping.pass().is_err(), "nobody listens");
        let shipped = server.store.read(|tx| tx.trail_shipped()).expect("positions");
        assert_eq!(shipped, [(format!("syslog:{target}"), 2)], "it goes later");
    }
}

#[cfg(unix)]
#[test]
fn a_socket_of_this_machine_is_told() {
    let server = Watched::over(databases()[0], &Plan::default());
    let path = server.folder.path().join("log");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("set");
    let target = format!("unix:{}", path.display()).parse().expect("a target");
    happens(&server, 1);
    let settings = TrailSettings { syslog: Some(target), ..TrailSettings::default() };
    assert_eq!(ship(&server, &settings), 1);
    let mut buffer = vec![0; 65536];
    let length = socket.recv(&mut buffer).expect("a message");
    assert!(String::from_utf8_lossy(&buffer[..length]).contains("seq=\"1\""));
}
