//! The settings of a server, by their forms.

use stanch_store::{Role, Scope};

use super::house;
use crate::auth::house::password;

/// What stands between two texts of a page.
fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}"));
    rest.split(after).next().unwrap_or_default()
}

#[tokio::test]
async fn settings_are_for_who_administers() {
    let house = house();
    house.person("ada", Role::Admin, &[]).await;
    house.person("cleo", Role::Commander, &[]).await;
    let mut admin = house.logged_in("ada").await;
    assert_eq!(admin.get("/settings").await.location(), "/settings/users");
    for page in ["users", "teams", "tokens", "channels", "policy"] {
        let answer = admin.get(&format!("/settings/{page}")).await;
        assert_eq!(answer.status, 200, "{page}: {}", answer.body);
    }
    let mut other = house.logged_in("cleo").await;
    assert!(!other.get("/on-call").await.body.contains("href=\"/settings\""), "no door that is closed");
    for page in ["users", "teams", "tokens", "channels", "policy"] {
        assert_eq!(other.get(&format!("/settings/{page}")).await.status, 403, "{page}");
    }
    other.get("/on-call").await;
    for path in [
        "users",
        "users/1",
        "users/1/invite",
        "users/1/second-factor",
        "teams",
        "teams/1",
        "teams/1/remove",
        "tokens",
        "tokens/1/revoke",
        "channels/x/test",
        "messages/1/retry",
    ] {
        assert_eq!(other.send(&format!("/settings/{path}"), &[]).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn somebody_is_invited_changed_and_shut_out() {
    let house = house();
    house.person("ada", Role::Admin, &[]).await;
    let mut admin = house.logged_in("ada").await;
    admin.get("/settings/teams").await;
    let made = admin.send("/settings/teams", &[("name", "shop"), ("origins", "github.com/acme/*\n\n")]).await;
    assert_eq!((made.status, made.location()), (303, "/settings/teams"), "{}", made.body);
    let teams = admin.get("/settings/teams").await.body;
    assert!(teams.contains("github.com/acme/*") && teams.contains("data-label=\"Active incidents\"><div>1<"));

    let wen = [("name", "Wen"), ("login", "wen@acme.example"), ("role", "responder"), ("team", "1")];
    admin.get("/settings/users").await;
    let invited = admin.send("/settings/users", &wen).await;
    assert_eq!(invited.status, 200, "{}", invited.body);
    let link = between(&invited.body, "<code id=\"invitation\">", "</code>").to_owned();
    assert!(!admin.get("/settings/users").await.body.contains(&link), "a link is shown once");
    let path = link.strip_prefix(crate::auth::house::URL).expect("a path of this server");
    let mut wen_browser = house.browser();
    assert_eq!(wen_browser.get(path).await.status, 200);
    let fields = [("new", password(1)), ("again", password(1))];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(wen_browser.send(path, &fields).await.status, 303);
    assert_eq!(wen_browser.get("/incidents/1").await.status, 303, "a password is no login");
    let mut wen_browser = house.logged_in("wen@acme.example").await;
    assert_eq!(wen_browser.get("/incidents/1").await.status, 200);

    let taken = admin.send("/settings/users", &wen).await;
    assert_eq!(taken.status, 409);
    assert!(taken.body.contains("login: it is taken"), "{}", taken.body);
    let change = [("role", "viewer"), ("access", "closed")];
    assert_eq!(admin.send("/settings/users/2", &change).await.status, 303);
    assert_eq!(wen_browser.get("/incidents/1").await.status, 303, "sessions end");
    let last = admin.send("/settings/users/1", &[("role", "viewer"), ("access", "open")]).await;
    assert_eq!(last.status, 409);
    assert!(last.body.contains("the last administrator"), "{}", last.body);
    assert_eq!(admin.send("/settings/users/2/invite", &[]).await.status, 200);
    assert_eq!(admin.send("/settings/users/9/invite", &[]).await.status, 404);
    assert_eq!(admin.send("/settings/users/2/second-factor", &[]).await.status, 303);
    assert_eq!(admin.send("/settings/teams/1", &[("name", "shop"), ("origins", "[")]).await.status, 422);
    assert_eq!(admin.send("/settings/teams/1/remove", &[]).await.status, 303);
    let told = house.events("person.");
    assert_eq!(
        told[1..],
        ["invited", "changed", "invited-again", "second-factor-removed"]
            .map(|kind| format!("person.{kind} ada"))
    );
}

#[tokio::test]
async fn a_token_is_shown_once_and_revoked() {
    let house = house();
    house.person("ada", Role::Admin, &[]).await;
    let mut admin = house.logged_in("ada").await;
    admin.get("/settings/tokens").await;
    let ask = [("name", "grafana"), ("scope", "read"), ("scope", "ingest"), ("days", "30")];
    let made = admin.send("/settings/tokens", &ask).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.header("cache-control"), "no-store");
    let text = between(&made.body, "data-copy=\"", "\"").to_owned();
    assert!(!admin.get("/settings/tokens").await.body.contains(&text), "a token is shown once");
    let known = house.store.read(|tx| tx.tokens(None, 9)).expect("tokens");
    assert_eq!(known[0].scopes, [Scope::Ingest, Scope::Read]);
    let program = house.browser().with("authorization", Some(&format!("Bearer {text}")));
    assert_eq!(program.clone().get("/api/v1/leaks").await.status, 200);
    for (days, why) in
        [("0", "within a year"), ("400", "within a year"), ("x", "is not what the form offers")]
    {
        let refused =
            admin.send("/settings/tokens", &[("name", "a"), ("scope", "read"), ("days", days)]).await;
        assert_eq!(refused.status, 422, "{days}");
        assert!(refused.body.contains(why), "{days}: {}", refused.body);
    }
    assert_eq!(admin.send("/settings/tokens/1/revoke", &[]).await.status, 303);
    assert_eq!(program.clone().get("/api/v1/leaks").await.status, 401);
    assert_eq!(admin.send("/settings/tokens/1/revoke", &[]).await.status, 404);
}

#[tokio::test]
async fn channels_are_tried_and_what_was_given_up_is_tried_again() {
    let house = house();
    house.person("ada", Role::Admin, &[]).await;
    let mut admin = house.logged_in("ada").await;
    let page = admin.get("/settings/channels").await.body;
    assert!(page.contains("id=\"channel-pager\"") && page.contains("never"), "{page}");
    assert!(page.contains("The policy names channels that are not set up"), "{page}");
    let taken = admin.send("/settings/channels/pager/test", &[]).await;
    assert!(taken.body.contains("pager took the test."), "{}", taken.body);
    let refused = admin.send("/settings/channels/broken/test", &[]).await;
    assert!(refused.body.contains("broken did not take the test: it is broken."), "{}", refused.body);
    assert_eq!(admin.send("/settings/channels/none/test", &[]).await.status, 404);
    assert_eq!(house.events("channel.tested").len(), 2);

    let message = house
        .store
        .write(|tx| {
            let taken = tx.take_due("test", house.now(), house.now(), 9)?;
            let dead = stanch_store::Outcome::Dead { error: "it said no".to_owned() };
            tx.delivery_ended(taken[0].id, &dead, house.now())?;
            Ok::<_, stanch_store::StoreError>(taken[0].id)
        })
        .expect("a dead message");
    assert!(admin.get("/settings/channels").await.body.contains("it said no"));
    assert_eq!(admin.send(&format!("/settings/messages/{message}/retry"), &[]).await.status, 303);
    assert!(!admin.get("/settings/channels").await.body.contains(&format!("id=\"message-{message}\"")));
}
