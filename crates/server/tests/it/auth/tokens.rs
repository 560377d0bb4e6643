//! Tokens of programs.

use jiff::SignedDuration;
use stanch_server::auth::{AccountError, NewToken};
use stanch_store::Scope;

use super::{
    browser::Browser,
    house::{House, console},
};

fn program(house: &House, token: &str) -> Browser {
    house.browser().with("authorization", Some(&format!("Bearer {token}")))
}

#[tokio::test]
async fn a_token_counts_until_it_is_revoked_or_expires() {
    let house = House::new();
    let (one, two) = (house.token(&[Scope::Read], None), house.token(&[Scope::Read], None));
    assert_eq!(program(&house, &one).get("/api/v1/me").await.body, "ci");
    house.auth.accounts().revoke_token(&console(), 1).expect("revoked");
    assert!(matches!(house.auth.accounts().revoke_token(&console(), 1), Err(AccountError::Missing("token"))));
    assert_eq!(program(&house, &one).get("/api/v1/me").await.status, 401, "at once");
    house.wait(24 * 3600 - 1);
    assert_eq!(program(&house, &two).get("/api/v1/me").await.status, 200);
    house.wait(1);
    let expired = program(&house, &two).get("/api/v1/me").await;
    assert_eq!((expired.status, expired.header("content-type")), (401, "application/problem+json"));
    assert!(expired.body.contains("unknown, expired or revoked"), "{}", expired.body);
    assert_eq!(house.events("token."), ["token.created test", "token.created test", "token.revoked test"]);
}

#[tokio::test]
async fn a_text_that_is_no_token_is_refused_not_passed_over() {
    let house = House::new();
    let token = house.token(&[Scope::Read], None);
    let misspelt = format!("{}{}", &token[..20], token[20..].replace(|c: char| c.is_ascii_digit(), "z"));
    for text in ["", "Bearer", "Bearer x", &format!("Basic {token}"), &format!("Bearer {misspelt}x")] {
        let mut program = house.browser().with("authorization", Some(text));
        assert_eq!(program.get("/api/v1/me").await.status, 401, "{}", text.len());
    }
}

#[tokio::test]
async fn the_register_holds_no_token_session_or_link() {
    let house = House::new();
    let mut secrets = vec![house.token(&[Scope::Ingest], None)];
    house.person("ada", stanch_store::Role::Viewer, &[]).await;
    let mut browser = house.logged_in("ada").await;
    browser.get("/account").await;
    secrets.push(browser.cookies["stanch"].clone());
    secrets.push(browser.csrf.clone());
    secrets.push(super::house::password(1));
    let address = house.auth.first_setup_address().expect("asked").expect("needed");
    secrets.push(address.rsplit('/').next().expect("a token").to_owned());
    let mut everything = Vec::new();
    for file in std::fs::read_dir(house.folder.path()).expect("the folder") {
        everything.extend(std::fs::read(file.expect("a file").path()).expect("its bytes"));
    }
    let holds = |part: &str| everything.windows(part.len()).any(|window| window == part.as_bytes());
    assert!(holds("stn_"), "its head is there");
    assert_eq!(secrets.iter().filter(|secret| holds(secret)).count(), 0);
}

#[tokio::test]
async fn the_last_use_is_written_once_a_minute() {
    let house = House::new();
    let token = house.token(&[Scope::Read], None);
    let used = || house.store.read(|tx| tx.tokens(None, 1)).expect("read")[0].last_used;
    let mut seen = vec![used()];
    for seconds in [0, 59, 1] {
        house.wait(seconds);
        program(&house, &token).get("/api/v1/me").await;
        seen.push(used());
    }
    let at = super::house::second;
    assert_eq!(seen, [None, Some(at(0)), Some(at(0)), Some(at(60))]);
}

#[tokio::test]
async fn a_token_has_a_purpose_and_an_end() {
    let house = House::new();
    let make = |scopes: &[Scope], team, hours| {
        let expires_at = house.now().checked_add(SignedDuration::from_hours(hours)).expect("a time");
        let new = NewToken { name: "ci".to_owned(), scopes: scopes.to_vec(), team, expires_at };
        house.auth.accounts().create_token(&console(), &new).map(drop).map_err(|error| error.to_string())
    };
    let refused = [
        make(&[], None, 1),
        make(&[Scope::Read], None, 0),
        make(&[Scope::Read], None, 367 * 24),
        make(&[Scope::Read], Some(9), 1),
        make(&[Scope::Admin], Some(1), 1),
    ];
    let refused: Vec<_> = refused.into_iter().map(|made| made.expect_err("refused")).collect();
    insta::assert_snapshot!(refused.join("\n"));
    assert_eq!(make(&[Scope::Read], None, 366 * 24), Ok(()));
}
