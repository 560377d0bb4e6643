//! Pages of accounts: login, second factor, set-up, the own account, and what is refused.

use maud::Markup;

use super::visitor::{count, frame_for, refusal};
use crate::{
    auth::{AccountView, AuthPages, Factor, LoginView, PageRequest, Reason, SecondFactorView, SetupView},
    pages::{
        Frame, account,
        account::{AccountLogin, SessionLine, TotpOffer, TwoFactor, Whose},
        failure::{self, Failure},
        login,
    },
};

/// Pages of accounts that look as all others do.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebPages;

impl AuthPages for WebPages {
    fn login(&self, page: &PageRequest, view: &LoginView) -> Markup {
        let shown = login::LoginView {
            next: view.next.clone(),
            provider: view.provider.as_ref().map(|provider| provider.label.clone()),
            passwords: if view.has_passwords {
                login::Passwords::Accepted
            } else {
                login::Passwords::Refused
            },
        };
        login::page(&door(page, view.error.as_deref()), &shown)
    }

    fn second_factor(&self, page: &PageRequest, view: &SecondFactorView) -> Markup {
        login::second_factor(&door(page, view.error.as_deref()), &view.next)
    }

    fn setup(&self, page: &PageRequest, view: &SetupView) -> Markup {
        let setup = view.invited.clone().map_or(login::Setup::First, login::Setup::Invited);
        login::setup(&door(page, view.error.as_deref()), &view.path, &setup)
    }

    fn account(&self, page: &PageRequest, view: &AccountView) -> Markup {
        let frame = frame(page, view.error.as_deref());
        account::page(&frame, &account_view(page, view))
    }

    fn refused(&self, page: &PageRequest, reason: Reason) -> Markup {
        failure::page(&frame(page, None), &failure_of(reason))
    }
}

fn frame(page: &PageRequest, error: Option<&str>) -> Frame {
    let mut frame = frame_for(page.identity.as_deref(), &page.headers, page.now);
    frame.csrf.clone_from(&page.csrf);
    frame.notice = error.map(refusal);
    frame
}

/// A page before the login.
fn door(page: &PageRequest, error: Option<&str>) -> Frame {
    Frame { viewer: None, ..frame(page, error) }
}

fn failure_of(reason: Reason) -> Failure {
    match reason {
        Reason::Forbidden(_) | Reason::PeopleOnly => Failure::Forbidden,
        Reason::TooMany(seconds) => Failure::TooMany(seconds),
        Reason::Away => Failure::Unavailable,
        reason => Failure::Refused(reason.to_string()),
    }
}

fn account_view(page: &PageRequest, view: &AccountView) -> account::AccountView {
    let logged_in = page.identity.as_ref().and_then(|identity| identity.logged_in());
    let this = logged_in.map(|logged_in| logged_in.session.id);
    let session = |session: &stanch_store::Session| SessionLine {
        id: session.id,
        browser: session.agent.clone(),
        address: session.address.clone(),
        since: session.created_at,
        last_used: session.last_seen,
        whose: if Some(session.id) == this { Whose::This } else { Whose::Other },
    };
    account::AccountView {
        email: logged_in.map_or_else(String::new, |logged_in| logged_in.person.login.clone()),
        teams: view.teams.clone(),
        login: login_of(&view.factor),
        sessions: view.sessions.iter().map(session).collect(),
    }
}

fn login_of(factor: &Factor) -> AccountLogin {
    AccountLogin::Local(match factor {
        Factor::Elsewhere(provider) => return AccountLogin::Provider(provider.clone()),
        Factor::Off => TwoFactor::Off,
        Factor::Offered { qr, text } => {
            TwoFactor::Offered(TotpOffer { qr_svg: qr.clone(), key: text.clone() })
        }
        Factor::On { since, codes_left } => TwoFactor::On { since: *since, codes_left: count(*codes_left) },
        Factor::Made(codes) => TwoFactor::Made { codes: account::RecoveryCodes(codes.0.clone()) },
    })
}
