//! Who uses the server: people in sessions and programs with tokens, what they may do, and that browsers are not used against them.
//!
//! [`Auth::protect`] puts itself around a router. Behind it a handler states what it needs: [`Require<Respond>`](Require), [`Login`],
//! [`PersonLogin`], [`MaybeLogin`], [`ClientAddress`]. What is refused is answered before the handler runs, as a problem (RFC 9457) or as a page.
//! [`Auth::routes`] are login, logout, set-up and the own account; how their pages look is said by [`AuthPages`]. [`Accounts`] manages people,
//! teams and tokens. Every change is an event of the audit trail.

mod accounts;
mod address;
mod admit;
mod buckets;
mod cookie;
mod guard;
mod headers;
mod identity;
mod next_path;
mod oidc;
mod pages;
mod password;
mod permission;
mod refusal;
mod routes;
mod secret_text;
mod server_key;
mod settings;
mod site;
mod totp;
mod trail;
mod typed;

use std::sync::Arc;

use axum::{Router, middleware};
use jiff::Timestamp;
use stanch_store::{SetupLink, Store, StoreError};

pub use accounts::{Access, AccountError, Accounts, NewPerson, NewToken, PersonChange};
pub use address::{AddressRange, RangeError};
pub use buckets::Rate;
pub use guard::{ClientAddress, Login, MaybeLogin, Need, PersonLogin, Require, need};
pub use headers::CONTENT_SECURITY_POLICY;
pub use identity::{Identity, LoggedIn, Who};
pub use pages::{
    AccountView, AuthPages, Factor, LoginView, PageRequest, PlainPages, ProviderLink, RecoveryCodes,
    SecondFactorView, SetupView,
};
pub use password::{HashError, PasswordCost, PasswordError};
pub use permission::Permission;
pub use refusal::{Manner, Reason, Refused};
pub use secret_text::SecretText;
pub use server_key::{ServerKey, ServerKeyError};
pub use settings::{AuthSettings, ClientSecret, GroupRule, OidcSettings, OidcSettingsError};
pub use site::{Site, SiteError};

use buckets::Buckets;
use oidc::Oidc;
use password::Passwords;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Who uses the server. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Auth(Arc<Parts>);

/// What [`Auth`] is made of.
pub struct AuthContext {
    /// Where people, sessions and tokens are kept.
    pub store: Store,
    /// How they use the server.
    pub settings: AuthSettings,
    /// Where people reach it.
    pub site: Site,
    /// Under which it keeps what it must read again.
    pub key: ServerKey,
    /// The time.
    pub clock: Clock,
    /// How its pages look.
    pub pages: Arc<dyn AuthPages>,
    /// The identity provider, and the secret of this server there.
    pub provider: Option<(OidcSettings, ClientSecret)>,
}

/// Why it cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// Passwords cannot be hashed as the settings say.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The settings of the identity provider cannot be used.
    #[error(transparent)]
    Oidc(#[from] OidcSettingsError),
}

struct Parts {
    context: AuthContext,
    passwords: Arc<Passwords>,
    addresses: Buckets<std::net::IpAddr>,
    identities: Buckets<(bool, i64)>,
    oidc: Option<Oidc>,
}

impl Auth {
    /// Puts it together.
    ///
    /// # Errors
    ///
    /// If passwords cannot be hashed as the settings say, or those of the identity provider cannot be used.
    pub fn new(mut context: AuthContext) -> Result<Self, AuthError> {
        let oidc = match context.provider.take() {
            Some((settings, secret)) => Some(Oidc::new(settings, &secret, &context.site)?),
            None => None,
        };
        let settings = &context.settings;
        let passwords = Arc::new(Passwords::new(settings.password_cost)?);
        let addresses = Buckets::new(settings.address_rate);
        let identities = Buckets::new(settings.identity_rate);
        Ok(Self(Arc::new(Parts { context, passwords, addresses, identities, oidc })))
    }

    /// Puts it around a router: nothing in it is reached but by who may.
    pub fn protect(&self, router: Router) -> Router {
        router
            .layer(middleware::from_fn_with_state(self.clone(), admit::admit))
            .layer(middleware::from_fn_with_state(self.clone(), headers::secure))
    }

    /// Login, logout, set-up and the own account. To be merged into what [`protect`](Self::protect) is put around.
    pub fn routes(&self) -> Router {
        routes::routes(self.clone())
    }

    /// Manages people, teams and tokens.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts::new(self.store(), self.site(), self.now())
    }

    /// The address at which the first administrator sets a password, if there is none yet. It counts once, for a day; an earlier one counts no
    /// more. Blocks.
    ///
    /// # Errors
    ///
    /// If the database is away.
    pub fn first_setup_address(&self) -> Result<Option<String>, StoreError> {
        let token = SecretText::random();
        let now = self.now();
        let is_needed = self.store().write(|tx| {
            let is_needed = tx.admins_locked()?.is_empty();
            if is_needed {
                let link = SetupLink { person: None, created_at: now, expires_at: accounts::link_end(now) };
                tx.insert_setup_link(&token.hash(), &link)?;
            }
            Ok::<_, StoreError>(is_needed)
        })?;
        Ok(is_needed.then(|| self.site().setup_address(&token)))
    }

    /// Forgets sessions, links and failures that have ended. To be called now and then; blocks.
    ///
    /// # Errors
    ///
    /// If the database is away.
    pub fn forget_ended(&self) -> Result<(), StoreError> {
        let now = self.now();
        self.store().write(|tx| tx.forget_logins(now, self.idle_since(now)))
    }

    /// How often a password was verified since the start.
    pub fn passwords_verified(&self) -> u64 {
        self.0.passwords.verified()
    }

    /// Where people reach the server.
    pub fn site(&self) -> &Site {
        &self.0.context.site
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.context.store
    }

    pub(crate) fn settings(&self) -> &AuthSettings {
        &self.0.context.settings
    }

    /// The key of this server.
    pub(crate) fn key(&self) -> &ServerKey {
        &self.0.context.key
    }

    pub(crate) fn pages(&self) -> &Arc<dyn AuthPages> {
        &self.0.context.pages
    }

    pub(crate) fn passwords(&self) -> &Arc<Passwords> {
        &self.0.passwords
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.context.clock)()
    }

    /// The identity provider, if there is one.
    pub(crate) fn oidc(&self) -> Option<&Oidc> {
        self.0.oidc.as_ref()
    }

    /// The way to the identity provider, and from there on to a path.
    pub(crate) fn provider_link(&self, next: &str) -> Option<ProviderLink> {
        let label = self.oidc()?.settings().label.clone();
        Some(ProviderLink { label, path: format!("/login/oidc?next={}", next_path::escaped_text(next)) })
    }

    /// A session that was not used since then has ended.
    pub(crate) fn idle_since(&self, now: Timestamp) -> Timestamp {
        now.checked_sub(self.settings().idle()).unwrap_or(Timestamp::MIN)
    }

    /// Does something that blocks where blocking is allowed.
    pub(crate) async fn blocking<T: Send + 'static, E: std::fmt::Display + Send + 'static>(
        &self,
        job: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Reason> {
        let auth = self.clone();
        match tokio::task::spawn_blocking(move || job(&auth)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                tracing::error!(%error, "the register cannot be asked who somebody is");
                Err(Reason::Away)
            }
            Err(_) => Err(Reason::Away),
        }
    }
}
