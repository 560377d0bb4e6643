//! Login by password, sessions, logout.

use stanch_server::auth::{AuthSettings, PasswordCost, PersonChange};
use stanch_store::Role;

use super::house::{House, Plan, URL, console, password};

#[tokio::test]
async fn a_page_leads_to_the_login_and_from_there_back() {
    let house = House::new();
    house.person("ada@acme.example", Role::Responder, &[]).await;
    let mut browser = house.browser();
    let asked = browser.get("/leaks?page=2").await;
    assert_eq!((asked.status, asked.location()), (303, "/login?next=%2Fleaks%3Fpage%3D2"));
    browser.get(asked.location()).await;
    let fields = [("email", " Ada@ACME.example "), ("password", &password(1)), ("next", "/leaks?page=2")];
    let entered = browser.send("/login", &fields).await;
    assert_eq!((entered.status, entered.location()), (303, "/leaks?page=2"));
    assert_eq!(browser.get("/leaks").await.body, "leaks");
    assert_eq!(browser.get("/login?next=//evil.example").await.location(), "/", "already logged in");
    browser.get("/account").await;
    let left = browser.send("/logout", &[]).await;
    assert_eq!((left.status, left.location()), (303, "/login"));
    assert_eq!(browser.get("/leaks").await.status, 303);
    assert_eq!(
        house.events("account."),
        [
            "account.password-set ada@acme.example",
            "account.login ada@acme.example",
            "account.logout ada@acme.example"
        ]
    );
}

#[tokio::test]
async fn a_program_gets_a_problem_and_no_page() {
    let house = House::new();
    let mut program = house.browser().with("accept", Some("application/json"));
    let refused = program.get("/api/v1/me").await;
    assert_eq!((refused.status, refused.header("content-type")), (401, "application/problem+json"));
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    insta::assert_snapshot!(refused.body);
}

#[tokio::test]
async fn an_unknown_name_a_wrong_password_and_a_closed_account_are_answered_alike() {
    let house = House::new();
    let ada = house.person("ada", Role::Viewer, &[]).await;
    house.person("bob", Role::Admin, &[]).await;
    let closed =
        PersonChange { access: Some(stanch_server::auth::Access::Closed), ..PersonChange::default() };
    let mut answers = Vec::new();
    for (login, n, close) in [("ada", 2, false), ("nobody", 1, false), ("ada", 1, true)] {
        if close {
            house.auth.accounts().change_person(&console(), ada.id, &closed).expect("closed");
        }
        let mut browser = house.browser();
        browser.get("/login").await;
        let before = house.auth.passwords_verified();
        let answer = browser.send("/login", &[("login", login), ("password", &password(n))]).await;
        assert_eq!(house.auth.passwords_verified() - before, 1, "each costs one hash");
        assert!(!browser.cookies.contains_key("stanch"));
        answers.push((answer.status, answer.body.replace(&browser.csrf, "TOKEN")));
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers[0].1.contains("the name or the password is wrong"));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "no answer tells more than another");
}

#[tokio::test]
async fn a_session_gets_a_new_id_at_login_and_the_old_one_ends() {
    let house = House::new();
    house.person("ada", Role::Viewer, &[]).await;
    let mut browser = house.logged_in("ada").await;
    let first = browser.cookies["stanch"].clone();
    // The login page sends somebody who is logged in away: the form of another tab is used.
    let mut other = house.browser();
    other.get("/login").await;
    other.cookies.insert("stanch".to_owned(), first.clone());
    let entered = other.send("/login", &[("login", "ada"), ("password", &password(1))]).await;
    assert_eq!(entered.status, 303, "{}", entered.body);
    assert_ne!(other.cookies["stanch"], first, "an id that was there before is not kept");
    assert_eq!(browser.get("/leaks").await.status, 303, "and ended");
    assert_eq!(other.get("/leaks").await.status, 200);
    let mut planted = house.browser();
    planted.cookies.insert("stanch".to_owned(), "a".repeat(52));
    planted.log_in("ada", &password(1)).await;
    assert_ne!(planted.cookies["stanch"], "a".repeat(52));
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_in_any_case_after_its_time() {
    let house = House::new();
    house.person("ada", Role::Viewer, &[]).await;
    let mut browser = house.logged_in("ada").await;
    let mut idle = house.logged_in("ada").await;
    for _ in 0..7 {
        house.wait(100 * 60);
        assert_eq!(browser.get("/leaks").await.status, 200);
    }
    assert_eq!(idle.get("/leaks").await.status, 303, "not used for two hours");
    house.wait(30 * 60);
    assert_eq!(browser.get("/leaks").await.status, 303, "twelve hours are over");
    house.auth.forget_ended().expect("forgotten");
}

#[tokio::test]
async fn cookies_are_for_this_host_and_no_script() {
    let house = House::new();
    house.person("ada", Role::Viewer, &[]).await;
    let mut browser = house.browser();
    let entered = browser.log_in("ada", &password(1)).await;
    let cookies: Vec<_> = entered.cookies().iter().map(|cookie| shown(cookie)).collect();
    assert_eq!(cookies[0], "stanch=…; Path=/; HttpOnly; SameSite=Lax");

    let house = House::of(Plan { url: "https://stanch.example", ..Plan::default() });
    let address = house.auth.first_setup_address().expect("asked").expect("needed");
    let path = address.strip_prefix("https://stanch.example").expect("its own address").to_owned();
    let mut browser = house.browser().with("origin", Some("https://stanch.example"));
    let page = browser.get(&path).await;
    assert_eq!(shown(page.cookies()[0]), "__Host-stanch-form=…; Path=/; HttpOnly; SameSite=Lax; Secure");
    let fields = [("login", "ada"), ("name", "Ada"), ("new", &password(1)), ("again", &password(1))];
    assert_eq!(browser.send(&path, &fields).await.status, 303);
    let entered = browser.log_in("ada", &password(1)).await;
    assert_eq!(shown(entered.cookies()[0]), "__Host-stanch=…; Path=/; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(entered.header("strict-transport-security"), "max-age=63072000");
}

/// A cookie without its value.
fn shown(cookie: &str) -> String {
    let (pair, rest) = cookie.split_once(';').expect("attributes");
    format!("{}=…;{rest}", pair.split('=').next().unwrap_or_default())
}

#[tokio::test]
async fn who_fails_often_waits_also_with_the_right_password() {
    let house = House::new();
    house.person("ada", Role::Viewer, &[]).await;
    let mut browser = house.browser();
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(browser.log_in("ada", &password(2)).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 401, 429, 429]);
    let waiting = browser.log_in("ada", &password(1)).await;
    assert_eq!((waiting.status, waiting.header("retry-after")), (429, "3"));
    let before = house.auth.passwords_verified();
    browser.log_in("ada", &password(1)).await;
    assert_eq!(house.auth.passwords_verified(), before, "waiting costs no hash");
    house.wait(3);
    assert_eq!(browser.log_in("ada", &password(1)).await.status, 303);
    let told = house.events("account.login-failed");
    assert_eq!(told, ["account.login-failed ada wrong password, or no access"], "once a minute and address");
}

#[tokio::test]
async fn many_names_of_one_address_wait_too() {
    let house = House::new();
    let mut browser = house.browser();
    for n in 0..21 {
        assert_eq!(browser.log_in(&format!("name{n}"), &password(2)).await.status, 401);
    }
    assert_eq!(browser.log_in("another", &password(2)).await.status, 429);
}

#[tokio::test]
async fn local_accounts_can_be_switched_off() {
    let cost = PasswordCost { memory_kib: 8, passes: 1 };
    let settings = AuthSettings { password_cost: cost, local_accounts: false, ..AuthSettings::default() };
    let house = House::of(Plan { settings, ..Plan::default() });
    let ada = house.person("ada", Role::Admin, &[]).await;
    let address = house.auth.accounts().invite_again(&console(), ada.id).expect("a link");
    let mut browser = house.browser();
    assert!(!browser.get("/login").await.body.contains("form"));
    browser.get(address.strip_prefix(URL).expect("a path")).await;
    let fields = [("login", "ada"), ("password", &*password(1))];
    assert_eq!(browser.send("/login", &fields).await.status, 401);
}
