//! What a handler asks for: a login, or a permission. What is not allowed never reaches it.

use std::{convert::Infallible, marker::PhantomData, net::IpAddr, ops::Deref, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{Identity, LoggedIn, Permission, admit::Admitted, refusal::Reason, refusal::Refused};

/// A permission as a type, for [`Require`].
pub trait Need: Send + Sync + 'static {
    /// Which.
    const PERMISSION: Permission;
}

macro_rules! needs {
    ($($name:ident)*) => {
        /// Each permission as a type, for [`Require`](super::Require).
        pub mod need {
            $(
                #[doc = concat!("[`Permission::", stringify!($name), "`](super::Permission::", stringify!($name), ")")]
                #[derive(Clone, Copy, Debug)]
                pub struct $name;

                impl super::Need for $name {
                    const PERMISSION: super::Permission = super::Permission::$name;
                }
            )*
        }
    };
}

needs!(ReadLeaks ReadSensitive ReadTrail Respond Command Administer Ingest);

/// Somebody who is logged in and may do `P`. Otherwise 401 or a way to the login, or 403.
///
/// ```
/// use stanch_server::auth::{Require, need::Respond};
///
/// async fn acknowledge(who: Require<Respond>) -> String {
///     format!("acknowledged by {}", who.actor.name)
/// }
/// # let _ = acknowledge;
/// ```
#[derive(Debug)]
pub struct Require<P: Need> {
    identity: Arc<Identity>,
    permission: PhantomData<P>,
}

impl<P: Need> Require<P> {
    /// Who it is, to keep.
    pub fn identity(&self) -> Arc<Identity> {
        Arc::clone(&self.identity)
    }
}

impl<P: Need> Deref for Require<P> {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.identity
    }
}

impl<S: Send + Sync, P: Need> FromRequestParts<S> for Require<P> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let Login(identity) = Login::from_request_parts(parts, state).await?;
        if identity.may(P::PERMISSION) {
            return Ok(Self { identity, permission: PhantomData });
        }
        Err(Admitted::of(parts).refuse(Reason::Forbidden(P::PERMISSION)))
    }
}

/// Anybody who is logged in or has a token.
#[derive(Clone, Debug)]
pub struct Login(pub Arc<Identity>);

impl<S: Send + Sync> FromRequestParts<S> for Login {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let admitted = Admitted::of(parts);
        match &admitted.identity {
            Some(identity) => Ok(Self(Arc::clone(identity))),
            None => Err(admitted.refuse(Reason::NotLoggedIn)),
        }
    }
}

/// Somebody or nobody.
#[derive(Clone, Debug)]
pub struct MaybeLogin(pub Option<Arc<Identity>>);

impl MaybeLogin {
    /// Who makes a request that was admitted.
    pub(crate) fn of(parts: &Parts) -> Option<Arc<Identity>> {
        Admitted::of(parts).identity
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeLogin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Admitted::of(parts).identity))
    }
}

/// A person in a session: a token is refused.
#[derive(Clone, Debug)]
pub struct PersonLogin(pub LoggedIn);

impl<S: Send + Sync> FromRequestParts<S> for PersonLogin {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let Login(identity) = Login::from_request_parts(parts, state).await?;
        let logged_in = identity.logged_in().cloned();
        logged_in.map(Self).ok_or_else(|| Admitted::of(parts).refuse(Reason::PeopleOnly))
    }
}

/// Where a request came from, seen through trusted proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Admitted::of(parts).address))
    }
}
