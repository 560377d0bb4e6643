//! Login at an identity provider.

use serde_json::json;
use stanch_server::auth::{ClientSecret, OidcSettings};
use stanch_store::{Person, Role};

use super::{
    browser::{Answer, Browser},
    house::{House, Plan, URL, console},
    provider::{Lie, Provider, secret},
};

const BY_DOMAIN: &str = "allowed_domains = ['acme.example']\ndefault_role = 'viewer'";
const BY_GROUP: &str = "[[groups]]\nname = 'sec'\nrole = 'commander'\nteams = ['shop']\n\
                        [[groups]]\nname = 'dev'\nrole = 'viewer'";

async fn house(rules: &str) -> (House, Provider) {
    let provider = Provider::start().await;
    let text = format!("issuer = '{}'\nclient_id = 'stanch'\nlabel = 'Acme'\n{rules}", provider.url());
    let settings: OidcSettings = toml::from_str(&text).expect("settings");
    let provided = Some((settings, ClientSecret::new(&secret())));
    (House::of(Plan { provider: provided, ..Plan::default() }), provider)
}

/// Goes to the provider and back.
async fn log_in(browser: &mut Browser, provider: &Provider) -> Answer {
    let sent = browser.get("/login/oidc?next=%2Fleaks").await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let back = provider.authorize(sent.location());
    // The browser comes from another site.
    let mut arriving = browser.with("sec-fetch-site", Some("cross-site")).with("origin", None);
    let answer = arriving.get(&back).await;
    browser.cookies = arriving.cookies;
    answer
}

fn person(house: &House, login: &str) -> Option<Person> {
    house.store.read(|tx| tx.person_by_login(login)).expect("read")
}

#[tokio::test]
async fn somebody_new_comes_in_by_the_rules_and_is_known_again() {
    let (house, provider) = house(BY_DOMAIN).await;
    let mut browser = house.browser();
    assert!(browser.get("/login?next=/leaks").await.body.contains("href=\"/login/oidc?next=%2Fleaks\""));
    let entered = log_in(&mut browser, &provider).await;
    assert_eq!((entered.status, entered.location()), (303, "/leaks"), "{}", entered.body);
    assert_eq!(browser.get("/leaks").await.status, 200);
    let ada = person(&house, "ada@acme.example").expect("made");
    assert_eq!((ada.role, ada.all_origins, ada.name.as_str()), (Role::Viewer, false, "Ada"));
    let subject = ada.subject.expect("known by its subject");
    assert_eq!((subject.issuer.as_str(), subject.subject.as_str()), (provider.url(), "7"));
    provider.claim(&json!({ "email": "countess@acme.example" }));
    let mut other = house.browser();
    assert_eq!(log_in(&mut other, &provider).await.status, 303);
    assert_eq!(other.get("/api/v1/me").await.body, "ada@acme.example", "the same, whatever the address");
    assert!(other.get("/account").await.body.contains("kept by"));
    assert_eq!(
        house.events(""),
        [
            "person.created identity-provider",
            "account.login ada@acme.example",
            "account.login ada@acme.example"
        ]
    );
}

#[tokio::test]
async fn an_account_that_is_here_is_never_taken_over_by_its_address() {
    let (house, provider) = house(BY_DOMAIN).await;
    let local = house.person("ada@acme.example", Role::Admin, &[]).await;
    let mut browser = house.browser();
    assert_eq!(log_in(&mut browser, &provider).await.status, 303);
    assert_eq!(browser.get("/api/v1/me").await.body, "ada@acme.example-2");
    assert_eq!(browser.get("/need/administer").await.status, 403);
    assert_eq!(house.store.read(|tx| tx.person(local.id)).expect("read").expect("there").subject, None);
}

#[tokio::test]
async fn who_the_rules_do_not_name_stays_out() {
    let (house, provider) = house(BY_DOMAIN).await;
    for claims in [
        json!({ "email": "eve@evil.example" }),
        json!({ "email": "eve@acme.example", "email_verified": false }),
        json!({ "email": "eve@evil.example", "email_verified": true, "preferred_username": "ada@acme.example" }),
    ] {
        provider.claim(&claims);
        let mut browser = house.browser();
        let refused = log_in(&mut browser, &provider).await;
        assert_eq!(refused.status, 403);
        assert!(refused.body.contains("you may not use this server"), "{}", refused.body);
        assert!(!browser.cookies.contains_key("stanch"));
    }
    assert_eq!(house.store.read(|tx| tx.people(None, 9)).expect("read"), []);
}

#[tokio::test]
async fn groups_rule_over_role_and_teams_at_each_login() {
    let (house, provider) = house(BY_GROUP).await;
    let shop = house.auth.accounts().create_team(&console(), "shop", &["acme/*".to_owned()]).expect("a team");
    let mut seen = Vec::new();
    for groups in [json!(["sec", "dev"]), json!("dev"), json!([])] {
        provider.claim(&json!({ "groups": groups }));
        let status = log_in(&mut house.browser(), &provider).await.status;
        let ada = person(&house, "ada@acme.example").expect("there");
        let teams = house.store.read(|tx| tx.teams_of(ada.id)).expect("read");
        seen.push((status, ada.role, teams));
    }
    assert_eq!(
        seen,
        [(303, Role::Commander, vec![shop.id]), (303, Role::Viewer, vec![]), (403, Role::Viewer, vec![])]
    );
    assert_eq!(house.events("person.changed"), ["person.changed identity-provider"]);
}

#[tokio::test]
async fn a_provider_that_lies_lets_nobody_in() {
    for lie in [
        Lie::Nonce,
        Lie::Audience,
        Lie::Expired,
        Lie::Issuer,
        Lie::AlgorithmNone,
        Lie::AlgorithmHmac,
        Lie::Key,
        Lie::Changed,
        Lie::Missing,
    ] {
        let (house, provider) = house(BY_DOMAIN).await;
        provider.lie(lie);
        let mut browser = house.browser();
        let refused = log_in(&mut browser, &provider).await;
        assert_eq!(refused.status, 403, "{lie:?}");
        assert!(refused.body.contains("failed: try again"), "{lie:?}");
        assert!(!browser.cookies.contains_key("stanch"), "{lie:?}");
        assert_eq!(house.store.read(|tx| tx.people(None, 9)).expect("read"), [], "{lie:?}");
        assert_eq!(house.events("account.login-failed").len(), 1, "{lie:?}");
    }
}

#[tokio::test]
async fn an_answer_counts_once_and_for_the_browser_that_asked() {
    let (house, provider) = house(BY_DOMAIN).await;
    let mut browser = house.browser();
    let back = provider.authorize(browser.get("/login/oidc").await.location());
    let cookies = browser.cookies.clone();
    let mut victim = house.browser();
    assert_eq!(victim.get(&back).await.status, 403, "another browser, which asked for nothing");
    victim.get("/login/oidc").await;
    assert_eq!(victim.get(&back).await.status, 403, "or for something else");
    assert_eq!(browser.get(&back).await.status, 303);
    browser.cookies = cookies.clone();
    assert_eq!(browser.get(&back).await.status, 403, "replayed");
    let again = provider.authorize(&{
        browser.get("/login/oidc").await;
        let sent = browser.get("/login/oidc").await;
        sent.location().to_owned()
    });
    let (code, _) = again.split_once("&state=").expect("a state");
    assert_eq!(browser.get(&format!("{code}&state=other")).await.status, 403, "another state");
    assert_eq!(browser.get(&again).await.status, 403, "which used the login up");
    let late = provider.authorize(browser.get("/login/oidc").await.location());
    house.wait(600);
    assert_eq!(browser.get(&late).await.status, 403, "too late");
    let mixed = provider.authorize(browser.get("/login/oidc").await.location());
    assert_eq!(browser.get(&format!("{mixed}&iss=https://evil.example")).await.status, 403, "another issuer");
}

#[tokio::test]
async fn a_provider_may_change_its_keys() {
    let (house, provider) = house(BY_DOMAIN).await;
    assert_eq!(log_in(&mut house.browser(), &provider).await.status, 303);
    provider.change_key();
    house.wait(31);
    assert_eq!(log_in(&mut house.browser(), &provider).await.status, 303);
}

#[tokio::test]
async fn a_closed_account_stays_out() {
    let (house, provider) = house(BY_DOMAIN).await;
    log_in(&mut house.browser(), &provider).await;
    let ada = person(&house, "ada@acme.example").expect("made");
    let closed = stanch_server::auth::PersonChange {
        access: Some(stanch_server::auth::Access::Closed),
        ..stanch_server::auth::PersonChange::default()
    };
    house.auth.accounts().change_person(&console(), ada.id, &closed).expect("closed");
    assert_eq!(log_in(&mut house.browser(), &provider).await.status, 403);
}

#[tokio::test]
async fn a_form_in_the_place_of_the_link_goes_on_by_itself() {
    let (house, _) = house(BY_DOMAIN).await;
    let answer = house.browser().send("/login/oidc", &[("next", "/leaks")]).await;
    assert_eq!((answer.status, answer.header("refresh")), (200, "0; url=/login/oidc?next=%2Fleaks"));
    let none = House::new();
    assert_eq!(none.browser().get("/login/oidc").await.status, 403);
    assert_eq!(URL, "http://127.0.0.1:8787");
}
