//! Who may do what: each role and each scope at a real door for each permission.

use std::fmt::Write as _;

use stanch_server::auth::Permission;
use stanch_store::{Role, Scope};

use super::house::{House, console, origin};

#[tokio::test]
async fn every_role_and_scope_at_every_door() {
    let house = House::new();
    let mut table = format!("{:<16}", "");
    let mut people = Vec::new();
    for role in Role::ALL {
        house.person(role.as_str(), role, &[]).await;
        people.push((role.as_str(), house.logged_in(role.as_str()).await));
    }
    for scope in Scope::ALL {
        let token = house.token(&[scope], None);
        people
            .push((scope.as_str(), house.browser().with("authorization", Some(&format!("Bearer {token}")))));
    }
    people.push(("nobody", house.browser().with("accept", None)));
    for (name, _) in &people {
        let _ = write!(table, "{name:>10}");
    }
    for permission in Permission::ALL {
        let _ = write!(table, "\n{:<16}", permission.as_str());
        for (_, browser) in &mut people {
            let status = browser.get(&format!("/need/{permission}")).await.status;
            let _ = write!(table, "{status:>10}");
        }
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn a_team_sees_its_origins_and_nobody_elses() {
    let house = House::new();
    for name in ["acme/shop", "acme/web", "bank/core"] {
        house.store.write(|tx| tx.origin_told(&origin(name), house.now())).expect("told");
    }
    let team = |name: &str, glob: &str| {
        let made = house.auth.accounts().create_team(&console(), name, &[glob.to_owned()]);
        made.expect("a team").id
    };
    let (shop, bank) = (team("shop", "acme/*"), team("bank", "bank/*"));
    house.person("ada", Role::Viewer, &[shop]).await;
    house.person("bob", Role::Admin, &[shop, bank]).await;
    house.person("cy", Role::Admin, &[]).await;
    let mut seen = Vec::new();
    for login in ["ada", "bob", "cy"] {
        seen.push(house.logged_in(login).await.get("/api/v1/origins").await.body);
    }
    let token = house.token(&[Scope::Read], Some(bank));
    let mut program = house.browser().with("authorization", Some(&format!("Bearer {token}")));
    seen.push(program.get("/api/v1/origins").await.body);
    assert_eq!(
        seen,
        ["acme/shop acme/web", "acme/shop acme/web bank/core", "acme/shop acme/web bank/core", "bank/core"]
    );
    house.auth.accounts().remove_team(&console(), bank).expect("removed");
    assert_eq!(program.get("/api/v1/origins").await.body, "", "a team that is gone sees nothing");
    assert_eq!(house.events("team."), ["team.created test", "team.created test", "team.removed test"]);
}

#[tokio::test]
async fn somebody_without_a_team_sees_nothing() {
    let house = House::new();
    house.store.write(|tx| tx.origin_told(&origin("acme/shop"), house.now())).expect("told");
    let ada = house.person("ada", Role::Admin, &[]).await;
    let less = stanch_server::auth::PersonChange {
        all_origins: Some(false),
        ..stanch_server::auth::PersonChange::default()
    };
    house.auth.accounts().change_person(&console(), ada.id, &less).expect("changed");
    assert_eq!(house.logged_in("ada").await.get("/api/v1/origins").await.body, "");
}
