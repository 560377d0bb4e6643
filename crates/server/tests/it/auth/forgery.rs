//! Requests that another site makes in somebody's browser.

use stanch_store::{Role, Scope};

use super::house::{House, URL};

#[tokio::test]
async fn a_change_needs_the_token_of_its_session() {
    let house = House::new();
    house.person("ada", Role::Responder, &[]).await;
    house.person("eve", Role::Responder, &[]).await;
    let mut ada = house.logged_in("ada").await;
    let mut eve = house.logged_in("eve").await;
    eve.get("/account").await;
    ada.get("/account").await;
    let token = ada.csrf.clone();
    assert_eq!(ada.send_with("/change", &token, &[]).await.body, "changed");
    assert_eq!(ada.send_with("/change", "", &[]).await.status, 403);
    assert_eq!(ada.send_with("/change", &eve.csrf, &[]).await.status, 403, "of another session");
    assert_eq!(ada.request("POST", "/change", None).await.status, 403, "without a form");
    assert_eq!(ada.with("x-csrf-token", Some(&token)).request("POST", "/change", None).await.status, 200);
    assert_eq!(ada.with("x-csrf-token", Some("x")).send_with("/change", &token, &[]).await.status, 403);
    assert_eq!(ada.request("DELETE", "/change", None).await.status, 403);
    let refused = ada.send_with("/logout", "", &[]).await;
    assert!(refused.body.contains("does not show that it comes from a page of this server"));
    assert_eq!(ada.get("/leaks").await.status, 200, "still logged in");
}

#[tokio::test]
async fn a_foreign_page_is_refused_even_with_the_token() {
    let house = House::new();
    house.person("ada", Role::Responder, &[]).await;
    let mut ada = house.logged_in("ada").await;
    ada.get("/account").await;
    let mut status = Vec::new();
    for (origin, site) in [
        (Some(URL), Some("same-origin")),
        (Some("null"), Some("same-origin")),
        (None, None),
        (Some("https://evil.example"), None),
        (Some("null"), None),
        (None, Some("cross-site")),
        (None, Some("same-site")),
        (Some("http://127.0.0.1:9999"), None),
    ] {
        let mut page = ada.with("origin", origin).with("sec-fetch-site", site);
        status.push(page.send("/change", &[]).await.status);
    }
    assert_eq!(status, [200, 200, 200, 403, 403, 403, 403, 403]);
}

#[tokio::test]
async fn the_login_itself_cannot_be_forged() {
    let house = House::new();
    house.person("ada", Role::Responder, &[]).await;
    let fields = [("login", "ada"), ("password", &*super::house::password(1))];
    let mut without = house.browser();
    assert_eq!(without.send("/login", &fields).await.status, 403, "no key, no token");
    let mut other = house.browser();
    other.get("/login").await;
    let mut browser = house.browser();
    browser.get("/login").await;
    assert_eq!(browser.send_with("/login", &other.csrf, &fields).await.status, 403, "of another browser");
    let mut foreign = browser.with("origin", Some("https://evil.example"));
    assert_eq!(foreign.send("/login", &fields).await.status, 403);
    assert_eq!(browser.send("/login", &fields).await.status, 303);
}

#[tokio::test]
async fn a_token_of_a_program_needs_none() {
    let house = House::new();
    let token = house.token(&[Scope::Respond], None);
    let mut program = house
        .browser()
        .with("authorization", Some(&format!("Bearer {token}")))
        .with("origin", Some("https://evil.example"))
        .with("sec-fetch-site", Some("cross-site"));
    assert_eq!(program.request("POST", "/change", None).await.body, "changed");
}

#[tokio::test]
async fn a_form_that_is_too_large_is_refused_by_name() {
    let house = House::new();
    house.person("ada", Role::Responder, &[]).await;
    let mut ada = house.logged_in("ada").await;
    ada.get("/account").await;
    let large = ada.send("/change", &[("note", &"x".repeat(300 * 1024))]).await;
    assert_eq!(large.status, 413);
    assert!(large.body.contains("larger than 256 KiB"), "{}", large.body);
}

#[tokio::test]
async fn browsers_are_told_what_pages_may_do() {
    let house = House::new();
    let mut browser = house.browser();
    let page = browser.get("/login").await;
    let mut lines: Vec<_> = page
        .headers
        .iter()
        .filter(|(name, _)| !["set-cookie", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("a text")))
        .collect();
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"));
    assert!(!browser.get("/assets/a.css").await.headers.contains_key("cache-control"));
}
