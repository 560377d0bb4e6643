//! A register moves from one database to the other as it was, while findings come in.

use std::{fs::File, path::Path};

use stanch_server::auth::ServerKey;
use stanch_store::{
    BackupError, Database, KeyText, Scope, Store, StoreError, check_backup, restore_backup, write_backup,
};

use super::watched::{Plan, Watched, databases};

fn back_up(server: &Watched, file: &Path) {
    let file = File::create(file).expect("a file");
    write_backup(&server.store, file, (&[], server.now())).expect("written");
}

fn check(file: &Path) -> Result<stanch_store::BackupContent, BackupError> {
    check_backup(std::io::BufReader::new(File::open(file).expect("the file")))
}

const PAGES: [&str; 4] =
    ["/api/v1/leaks", "/api/v1/incidents", "/api/v1/leaks/1/exposures", "/api/v1/incidents/1/events"];

#[test]
fn a_register_moves_to_the_other_database() {
    for (from, to) in [(0, 1), (1, 0)] {
        let server = Watched::over(databases()[from], &Plan::default());
        server.ingest(("repository", "git.example/acme/shop"), "s1", &["a", "b"]);
        server.ingest(("image", "registry.example/shop:1"), "s2", &["b", "c"]);
        let reader = server.token(Scope::Respond, None);
        let pages = |server: &Watched| {
            let mut all = Vec::new();
            for page in PAGES {
                let answer = server.get(page, Some(&reader));
                assert_eq!(answer.status, 200, "{page}: {}", answer.body);
                all.push(answer.body);
            }
            all
        };
        let before = pages(&server);
        let file = server.folder.path().join("register.backup");
        back_up(&server, &file);
        let folder = tempfile::tempdir().expect("a folder");
        let database = databases()[to](&folder);
        let content = restore_backup(&file, &database).expect("restored");
        assert_eq!((content.rows["leaks"], content.rows["exposures"]), (3, 4));
        assert!(
            matches!(restore_backup(&file, &database), Err(BackupError::Occupied)),
            "nothing is put in its place"
        );
        let restored = Watched::again_over(&database);
        assert_eq!(pages(&restored), before);
        restored.ingest(("repository", "git.example/acme/site"), "s3", &["d"]);
        let again = folder.path().join("again.backup");
        back_up(&restored, &again);
        assert_eq!(check(&again).expect("whole").rows["leaks"], 4, "it goes on");
    }
}

#[test]
fn a_backup_is_of_one_moment_while_findings_come_in() {
    for database in databases() {
        let server = Watched::over(database, &Plan::default());
        server.ingest(("repository", "git.example/acme/shop"), "s0", &["first"]);
        let file = server.folder.path().join("register.backup");
        let contents: Vec<_> = std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for n in 0..30 {
                    let (one, two) = (format!("a{n}"), format!("b{n}"));
                    server.ingest(("repository", "git.example/acme/shop"), &format!("s{n}"), &[&one, &two]);
                }
            });
            let mut contents = Vec::new();
            while !writer.is_finished() {
                back_up(&server, &file);
                contents.push(check(&file).expect("whole"));
            }
            writer.join().expect("written");
            contents
        });
        for content in contents {
            let rows = |table: &str| content.rows[table];
            assert_eq!(rows("leaks") % 2, 1, "both of a batch, or none");
            assert_eq!(rows("leaks"), rows("fingerprints"));
            assert_eq!(rows("events"), content.head.0.unsigned_abs());
        }
    }
}

#[test]
fn what_is_not_whole_is_refused_and_nothing_is_made() {
    let server = Watched::over(databases()[0], &Plan::default());
    server.ingest(("repository", "git.example/acme/shop"), "s1", &["a", "b"]);
    let file = server.folder.path().join("register.backup");
    back_up(&server, &file);
    let whole = std::fs::read_to_string(&file).expect("the file");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("register.db");
    let refused = |text: String| {
        std::fs::write(&file, text).expect("written");
        let error = restore_backup(&file, &Database::Sqlite(path.clone())).expect_err("not whole");
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing is made");
        error.to_string()
    };
    let changed = refused(whole.replace("incident.opened", "incident.closed"));
    assert!(changed.contains("of the audit trail was changed"), "{changed}");
    let damaged = refused(whole.replace("ex********", "ey********"));
    assert_eq!(damaged, "is damaged: its digest is not that of its lines");
    let end = whole.trim_end().rfind('\n').expect("lines");
    assert_eq!(refused(whole[..=end].to_owned()), "is cut off: it has no last line");
    let newer = refused(whole.replacen("\"schema\":", "\"schema\":9", 1));
    assert_eq!(newer, "not a backup of a register, or one that only a newer stanch reads");
    let odd = whole.replacen("\"table\":\"origins\"", "\"table\":\"x; DROP\"", 1);
    assert!(refused(odd).ends_with("is not what belongs there"));
}

#[test]
fn keys_are_in_it_only_if_they_are_given() {
    let server = Watched::over(databases()[0], &Plan::default());
    let text = std::fs::read_to_string(server.folder.path().join("server.key")).expect("the key");
    let file = server.folder.path().join("register.backup");
    back_up(&server, &file);
    assert!(!std::fs::read_to_string(&file).expect("the file").contains(text.trim()));
    let key = KeyText { key: "server.key".to_owned(), text: text.clone() };
    write_backup(
        &server.store,
        File::create(&file).expect("a file"),
        (std::slice::from_ref(&key), server.now()),
    )
    .expect("written");
    assert_eq!(check(&file).expect("whole").keys, std::slice::from_ref(&key));
    assert_eq!(format!("{key:?}"), "KeyText(server.key)");
    ServerKey::from_text(text.trim()).expect("a key");
}

#[test]
fn sessions_and_half_done_logins_stay_behind() {
    let server = Watched::over(databases()[0], &Plan::default());
    server.auth.first_setup_address().expect("asked").expect("nobody is there yet");
    let file = server.folder.path().join("register.backup");
    back_up(&server, &file);
    let content = check(&file).expect("whole");
    for table in ["sessions", "login_steps", "setup_links", "throttles"] {
        assert!(!content.rows.contains_key(table), "{table}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let database = databases()[0](&folder);
    restore_backup(&file, &database).expect("restored");
    let store = Store::open(&database).expect("a register");
    let links = store.read(|tx| tx.one("SELECT COUNT(*) FROM setup_links", &[], |row| row.get::<i64>(0)));
    assert_eq!(links.map_err(|error: StoreError| error.to_string()), Ok(Some(0)));
}
