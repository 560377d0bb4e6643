//! Logging in and the own account.

use super::{Words, days_ago, hours_ago, minutes_ago};
use crate::pages::{
    account::{AccountLogin, AccountView, RecoveryCodes, SessionLine, TotpOffer, TwoFactor, Whose},
    login::{LoginView, Passwords},
};

impl Words {
    pub(super) fn login(self) -> LoginView {
        LoginView {
            next: self.say("/incidents/118"),
            provider: Some(self.say("Acme SSO")),
            passwords: Passwords::Accepted,
        }
    }

    pub(super) fn accounts(self) -> [(&'static str, AccountView); 4] {
        let offer = TotpOffer { qr_svg: qr(), key: self.say("in groups of four") };
        let codes = RecoveryCodes(vec![self.say("k3f9-02xa"), self.say("81mm-q0rt"), self.say("zz04-p1w7")]);
        [
            (
                "account",
                self.account(AccountLogin::Local(TwoFactor::On { since: days_ago(90), codes_left: 8 })),
            ),
            ("account-setup", self.account(AccountLogin::Local(TwoFactor::Offered(offer)))),
            ("account-codes", self.account(AccountLogin::Local(TwoFactor::Made { codes }))),
            ("account-provider", self.account(AccountLogin::Provider(self.say("Acme SSO")))),
        ]
    }

    fn account(self, login: AccountLogin) -> AccountView {
        let session = |(id, browser, whose): (i64, &str, Whose)| SessionLine {
            id,
            browser: self.say(browser),
            address: self.say("198.51.100.14"),
            since: hours_ago(9 * id),
            last_used: minutes_ago(id),
            whose,
        };
        AccountView {
            email: self.say("mirja.salo@acme.example"),
            teams: vec![self.say("payments"), self.say("platform")],
            login,
            sessions: vec![
                session((1, "Firefox on Linux", Whose::This)),
                session((2, "Safari on iPhone", Whose::Other)),
            ],
        }
    }
}

/// Something that looks like a QR code.
fn qr() -> String {
    let path = "M0 0h7v7h-7zM14 0h7v7h-7zM0 14h7v7h-7zM9 9h3v3h-3zM14 14h2v5h-2z";
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 21 21\"><path d=\"{path}\" fill=\"#000\"/></svg>"
    )
}
