//! The own account.

use stanch_server::auth::{AccountError, PersonChange};
use stanch_store::Role;

use super::house::{House, console, password};

#[tokio::test]
async fn a_new_password_ends_other_sessions_and_renews_this_one() {
    let house = House::new();
    house.person("ada", Role::Viewer, &[]).await;
    let mut browser = house.logged_in("ada").await;
    let mut other = house.logged_in("ada").await;
    browser.get("/account").await;
    let before = browser.cookies["stanch"].clone();
    let change =
        |current: u32, new: String| [("current", password(current)), ("new", new.clone()), ("again", new)];
    for (fields, status, why) in [
        (change(2, password(3)), 422, "the current password is wrong"),
        (change(1, "short".to_owned()), 422, "at least 12 characters"),
        (change(1, password(3)), 303, ""),
    ] {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.send("/account/password", &fields).await;
        assert_eq!(answer.status, status);
        assert!(answer.body.contains(why), "{}", answer.body);
    }
    assert_ne!(browser.cookies["stanch"], before);
    assert_eq!(browser.get("/leaks").await.status, 200);
    assert_eq!(other.get("/leaks").await.status, 303);
    assert_eq!(house.browser().log_in("ada", &password(3)).await.status, 303);
    assert_eq!(house.events("account.password-c"), ["account.password-changed ada"]);
}

#[tokio::test]
async fn an_open_session_is_not_enough_to_guess_the_password() {
    let house = House::new();
    house.person("ada", Role::Viewer, &[]).await;
    let mut browser = house.logged_in("ada").await;
    browser.get("/account").await;
    let mut status = Vec::new();
    for _ in 0..7 {
        status.push(browser.send("/account/totp", &[("current", "guess")]).await.status);
    }
    assert_eq!(status, [422, 422, 422, 422, 422, 422, 429]);
}

#[tokio::test]
async fn sessions_are_ended_by_their_owner() {
    let house = House::new();
    house.person("ada", Role::Viewer, &[]).await;
    house.person("eve", Role::Admin, &[]).await;
    let mut one = house.logged_in("ada").await;
    let mut two = house.logged_in("ada").await;
    let mut three = house.logged_in("ada").await;
    let mut eve = house.logged_in("eve").await;
    eve.get("/account").await;
    assert_eq!(eve.send("/account/sessions/1/end", &[]).await.status, 303);
    assert_eq!(one.get("/leaks").await.status, 200, "not hers");
    one.get("/account").await;
    assert_eq!(one.send("/account/sessions/2/end", &[]).await.location(), "/account");
    assert_eq!((two.get("/leaks").await.status, three.get("/leaks").await.status), (303, 200));
    assert_eq!(one.send("/account/sessions/end-others", &[]).await.status, 303);
    assert_eq!((one.get("/leaks").await.status, three.get("/leaks").await.status), (200, 303));
    one.get("/account").await;
    assert_eq!(one.send("/account/sessions/1/end", &[]).await.location(), "/login");
    assert_eq!(house.events("account.session").len(), 3);
}

#[tokio::test]
async fn a_role_counts_at_once_and_access_ends_sessions() {
    let house = House::new();
    let ada = house.person("ada", Role::Responder, &[]).await;
    let boss = house.person("boss", Role::Admin, &[]).await;
    let mut browser = house.logged_in("ada").await;
    let change = |id, change: PersonChange| house.auth.accounts().change_person(&console(), id, &change);
    assert_eq!(browser.get("/need/respond").await.status, 200);
    change(ada.id, PersonChange { role: Some(Role::Viewer), ..PersonChange::default() }).expect("changed");
    assert_eq!(browser.get("/need/respond").await.status, 403);
    let closed =
        PersonChange { access: Some(stanch_server::auth::Access::Closed), ..PersonChange::default() };
    change(ada.id, closed.clone()).expect("closed");
    assert_eq!(browser.get("/leaks").await.status, 303);
    assert!(matches!(change(boss.id, closed), Err(AccountError::LastAdmin)));
    let less = PersonChange { role: Some(Role::Commander), ..PersonChange::default() };
    assert!(matches!(change(boss.id, less), Err(AccountError::LastAdmin)));
    assert_eq!(house.events("person.changed").len(), 2);
}
