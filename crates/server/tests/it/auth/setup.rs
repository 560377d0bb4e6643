//! Set-up links.

use stanch_store::Role;

use super::house::{House, URL, console, password};

const DAY: i64 = 24 * 3600;

fn path(address: &str) -> String {
    address.strip_prefix(URL).expect("an address of this server").to_owned()
}

#[tokio::test]
async fn the_first_link_makes_the_first_administrator_once() {
    let house = House::new();
    let ask = || house.auth.first_setup_address().expect("asked");
    let earlier = path(&ask().expect("needed"));
    let link = path(&ask().expect("needed"));
    let mut browser = house.browser();
    assert_eq!(browser.get(&earlier).await.status, 410, "another was made");
    assert_eq!(browser.get("/setup/nonsense").await.status, 410);
    let page = browser.get(&link).await;
    assert_eq!((page.status, page.header("referrer-policy")), (200, "no-referrer"));
    let fields = |word: &str| {
        [("login", "ada"), ("name", "Ada"), ("new", word), ("again", word)]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
    };
    for (word, status) in [("short", 422), (&*password(1), 303), (&*password(2), 410)] {
        let fields = fields(word);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(browser.send(&link, &fields).await.status, status, "{}", fields[2].1.len());
    }
    let ada = house.store.read(|tx| tx.person_by_login("ada")).expect("read").expect("made");
    assert_eq!((ada.role, ada.all_origins), (Role::Admin, true));
    assert_eq!(ask(), None, "there is one");
    house.logged_in("ada").await;
    assert_eq!(house.events("person."), ["person.created set-up"]);
}

#[tokio::test]
async fn a_link_counts_for_a_day() {
    let house = House::new();
    let link = path(&house.auth.first_setup_address().expect("asked").expect("needed"));
    house.wait(DAY - 1);
    assert_eq!(house.browser().get(&link).await.status, 200);
    house.wait(1);
    assert_eq!(house.browser().get(&link).await.status, 410);
}

#[tokio::test]
async fn a_link_of_the_first_administrator_makes_no_second_one() {
    let house = House::new();
    let link = path(&house.auth.first_setup_address().expect("asked").expect("needed"));
    house.person("bob", Role::Admin, &[]).await;
    let mut browser = house.browser();
    browser.get(&link).await;
    let fields = [("login", "eve"), ("name", "Eve"), ("new", &*password(1)), ("again", &*password(1))];
    assert_eq!(browser.send(&link, &fields).await.status, 410);
    assert_eq!(house.store.read(|tx| tx.person_by_login("eve")).expect("read"), None);
}

#[tokio::test]
async fn a_new_link_sets_a_new_password_and_ends_sessions() {
    let house = House::new();
    let ada = house.person("ada", Role::Viewer, &[]).await;
    let mut browser = house.logged_in("ada").await;
    let link = path(&house.auth.accounts().invite_again(&console(), ada.id).expect("a link"));
    let mut other = house.browser();
    assert!(other.get(&link).await.body.contains("again"));
    let set = other.send(&link, &[("new", &password(2)), ("again", &password(2))]).await;
    assert_eq!(set.status, 303);
    assert_eq!(browser.get("/leaks").await.status, 303, "logged out");
    assert_eq!(other.log_in("ada", &password(1)).await.status, 401);
    assert_eq!(other.log_in("ada", &password(2)).await.status, 303);
}
