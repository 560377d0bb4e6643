//! Requests that are too many.

use stanch_server::auth::{AuthSettings, PasswordCost, Rate};
use stanch_store::{Role, Scope};

use super::house::{House, Plan};

fn limited(address: f64, identity: f64) -> House {
    let settings = AuthSettings {
        password_cost: PasswordCost { memory_kib: 8, passes: 1 },
        address_rate: Rate { per_second: 0.5, burst: address },
        identity_rate: Rate { per_second: 0.5, burst: identity },
        trusted_proxies: vec!["0.0.0.0/32".parse().expect("a range")],
        ..AuthSettings::default()
    };
    House::of(Plan { settings, ..Plan::default() })
}

#[tokio::test]
async fn an_address_has_a_limit_as_the_trusted_proxy_tells_it() {
    let house = limited(2.0, 100.0);
    let mut one = house.browser().with("x-forwarded-for", Some("192.0.2.1"));
    let status = [one.get("/login").await.status, one.get("/login").await.status];
    assert_eq!(status, [200, 200]);
    let refused = one.get("/login").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "2"));
    let mut forged = house.browser().with("x-forwarded-for", Some("198.51.100.9, 192.0.2.1"));
    assert_eq!(forged.get("/login").await.status, 429, "what the client wrote itself does not count");
    let mut two = house.browser().with("x-forwarded-for", Some("192.0.2.2"));
    assert_eq!(two.get("/login").await.status, 200);
    house.wait(2);
    assert_eq!(one.get("/login").await.status, 200);
}

#[tokio::test]
async fn a_person_and_a_token_have_a_limit_of_their_own() {
    let house = limited(1000.0, 3.0);
    house.person("ada", Role::Viewer, &[]).await;
    let mut ada = house.logged_in("ada").await;
    let token = house.token(&[Scope::Read], None);
    let mut program = house.browser().with("authorization", Some(&format!("Bearer {token}")));
    for _ in 0..3 {
        assert_eq!(ada.get("/leaks").await.status, 200);
        assert_eq!(program.get("/leaks").await.status, 200);
    }
    assert_eq!((ada.get("/leaks").await.status, program.get("/leaks").await.status), (429, 429));
    insta::assert_snapshot!(program.get("/leaks").await.body);
}
