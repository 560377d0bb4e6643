//! The second factor.

use data_encoding::BASE32_NOPAD;
use stanch_store::Role;
use totp_rs::{Builder, Secret};

use super::{
    browser::{Answer, Browser},
    house::{House, password},
};

/// An authenticator with the key that was shown.
struct Authenticator(Vec<u8>);

impl Authenticator {
    fn of(page: &Answer) -> Self {
        let (_, rest) = page.body.split_once("id=\"key\">").expect("a key");
        let text: String = rest.chars().take_while(|&c| c != '<').filter(|c| *c != ' ').collect();
        Self(BASE32_NOPAD.decode(text.as_bytes()).expect("base32"))
    }

    fn code(&self, house: &House) -> String {
        let secret = Secret::new(self.0.as_slice().into());
        let totp = Builder::new().with_secret(secret).build_noncompliant();
        totp.generate(house.now().as_second().unsigned_abs()).to_string()
    }
}

/// Somebody with a second factor; gives the recovery codes too.
async fn with_factor(house: &House) -> (Authenticator, Vec<String>) {
    house.person("ada", Role::Viewer, &[]).await;
    let mut browser = house.logged_in("ada").await;
    browser.get("/account").await;
    let wrong = browser.send("/account/totp", &[("current", &password(2))]).await;
    assert_eq!((wrong.status, wrong.body.contains("the current password is wrong")), (422, true));
    let offered = browser.send("/account/totp", &[("current", &password(1))]).await;
    assert!(offered.body.contains("<svg"), "{}", offered.body);
    let authenticator = Authenticator::of(&offered);
    let refused = browser.send("/account/totp/confirm", &[("code", "000000")]).await;
    assert_eq!(refused.status, 422);
    let made = browser.send("/account/totp/confirm", &[("code", &authenticator.code(house))]).await;
    let codes: Vec<_> = made.body.split("<li>").skip(1).map(|rest| rest[..19].to_owned()).collect();
    assert_eq!((made.status, codes.len()), (200, 10));
    assert!(browser.get("/account").await.body.contains("10 recovery codes"));
    (authenticator, codes)
}

async fn password_given(house: &House) -> Browser {
    let mut browser = house.browser();
    let answer = browser.log_in("ada", &password(1)).await;
    assert_eq!((answer.status, answer.location()), (303, "/login/totp?next=%2F"));
    assert!(!browser.cookies.contains_key("stanch"), "the password alone is not enough");
    browser.get("/login/totp").await;
    browser
}

#[tokio::test]
async fn a_code_lets_in_once() {
    let house = House::new();
    let (authenticator, _) = with_factor(&house).await;
    let mut browser = password_given(&house).await;
    let code = authenticator.code(&house);
    assert_eq!(browser.send("/login/totp", &[("code", &code)]).await.status, 401, "it confirmed the set-up");
    house.wait(30);
    let code = authenticator.code(&house);
    assert_eq!(browser.send("/login/totp", &[("code", &code)]).await.status, 303);
    assert_eq!(browser.get("/leaks").await.status, 200);
    let mut other = password_given(&house).await;
    assert_eq!(other.send("/login/totp", &[("code", &code)]).await.status, 401, "a code is used up");
    house.wait(30);
    let code = authenticator.code(&house);
    assert_eq!(other.send("/login/totp", &[("code", &code)]).await.status, 303);
}

#[tokio::test]
async fn a_recovery_code_lets_in_once() {
    let house = House::new();
    let (_, codes) = with_factor(&house).await;
    let mut browser = password_given(&house).await;
    assert_eq!(browser.send("/login/totp", &[("recovery", &codes[3])]).await.status, 303);
    let mut other = password_given(&house).await;
    assert_eq!(other.send("/login/totp", &[("recovery", &codes[3])]).await.status, 401);
    assert_eq!(other.send("/login/totp", &[("recovery", &codes[4].to_uppercase())]).await.status, 303);
}

#[tokio::test]
async fn codes_cannot_be_tried_through() {
    let house = House::new();
    with_factor(&house).await;
    let mut browser = password_given(&house).await;
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(browser.send("/login/totp", &[("code", "000000")]).await.status);
    }
    assert_eq!(answers, [401, 401, 401, 401, 401, 303], "back to the login after five");
    let mut again = password_given(&house).await;
    assert_eq!(again.send("/login/totp", &[("code", "000000")]).await.status, 401);
    assert_eq!(again.send("/login/totp", &[("code", "000000")]).await.status, 429, "over all logins");
}

#[tokio::test]
async fn the_second_part_belongs_to_the_browser_and_ends() {
    let house = House::new();
    let (authenticator, _) = with_factor(&house).await;
    let browser = password_given(&house).await;
    house.wait(30);
    let code = authenticator.code(&house);
    let mut other = house.browser();
    assert_eq!(other.get("/login/totp").await.location(), "/login");
    other.get("/login").await;
    assert_eq!(other.send("/login/totp", &[("code", &code)]).await.location(), "/login");
    let mut late = browser.clone();
    house.wait(5 * 60);
    let code = authenticator.code(&house);
    assert_eq!(late.send("/login/totp", &[("code", &code)]).await.location(), "/login");
}

#[tokio::test]
async fn it_is_kept_sealed_and_taken_away_by_password_only() {
    let house = House::new();
    let (authenticator, codes) = with_factor(&house).await;
    let mut everything = Vec::new();
    for file in std::fs::read_dir(house.folder.path()).expect("the folder") {
        everything.extend(std::fs::read(file.expect("a file").path()).expect("its bytes"));
    }
    let holds = |part: &[u8]| everything.windows(part.len()).any(|window| window == part);
    assert!(!holds(&authenticator.0) && !holds(BASE32_NOPAD.encode(&authenticator.0).as_bytes()));
    assert!(codes.iter().all(|code| !holds(code.as_bytes())));
    house.wait(30);
    let mut browser = password_given(&house).await;
    browser.send("/login/totp", &[("code", &authenticator.code(&house))]).await;
    browser.get("/account").await;
    assert_eq!(browser.send("/account/totp/remove", &[("current", "")]).await.status, 422);
    assert_eq!(browser.send("/account/totp/remove", &[("current", &password(1))]).await.status, 303);
    house.logged_in("ada").await;
    assert_eq!(
        house.events("account.second"),
        ["account.second-factor-added ada", "account.second-factor-removed ada"]
    );
}
