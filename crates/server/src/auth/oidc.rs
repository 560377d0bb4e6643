//! Login at an identity provider: `OpenID` Connect, by authorization code with PKCE, state and nonce. Everything here blocks.

mod claims;
mod fetch;

use std::{ops::Add, sync::Mutex, time::Duration};

use jiff::{SignedDuration, Timestamp};
use openidconnect::{
    AuthorizationCode, Client, ClientId, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IdTokenFields, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    StandardErrorResponse, StandardTokenResponse, TokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
        CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

pub(crate) use claims::{Access, Claims, access};

use super::{ClientSecret, OidcSettings, OidcSettingsError, Site};
use claims::OtherClaims;
use fetch::Fetch;

/// The path the provider sends people back to.
pub(crate) const CALLBACK: &str = "/login/oidc/callback";
/// What a provider says of itself and its keys is asked again after this time.
const METADATA_LASTS: SignedDuration = SignedDuration::from_mins(10);
/// The same when a signature has an unknown key, which a provider that changed its keys makes.
const METADATA_AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// Signatures that are believed: by keys of the provider only. `none` and those by the client's own secret are not.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Fields = IdTokenFields<
    OtherClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type ProviderClient = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why a login at the provider failed. No message holds a code, a token or a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OidcError {
    #[error("the provider cannot be asked about itself: {0}")]
    Discovery(String),
    #[error("the provider gives no token: {0}")]
    Token(String),
    #[error("the provider gives no ID token")]
    NoIdToken,
    #[error("the ID token is refused: {0}")]
    IdToken(String),
}

/// An identity provider.
pub(crate) struct Oidc {
    settings: OidcSettings,
    secret: openidconnect::ClientSecret,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    fetch: Fetch,
    metadata: Mutex<Option<(Timestamp, CoreProviderMetadata)>>,
}

/// A login that was begun, to be kept sealed until the provider answers.
#[derive(Serialize, Deserialize)]
pub(crate) struct Pending {
    /// What the provider sends back, which only this browser's login has.
    pub(crate) state: String,
    nonce: String,
    verifier: String,
    /// Where to go on.
    pub(crate) next: String,
}

impl Oidc {
    pub(crate) fn new(
        settings: OidcSettings,
        secret: &ClientSecret,
        site: &Site,
    ) -> Result<Self, OidcSettingsError> {
        settings.check()?;
        let url = Url::parse(&settings.issuer).map_err(|_| OidcSettingsError::Issuer)?;
        let is_loopback = url.scheme() == "http" && is_loopback(&url);
        if url.scheme() != "https" && !is_loopback {
            return Err(OidcSettingsError::Issuer);
        }
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|_| OidcSettingsError::Issuer)?;
        let redirect = RedirectUrl::new(site.address(CALLBACK)).map_err(|_| OidcSettingsError::Issuer)?;
        Ok(Self {
            secret: openidconnect::ClientSecret::new(secret.expose().to_owned()),
            issuer,
            redirect,
            fetch: Fetch::new(!is_loopback),
            metadata: Mutex::new(None),
            settings,
        })
    }

    pub(crate) fn settings(&self) -> &OidcSettings {
        &self.settings
    }

    /// Begins a login: where the browser is sent, and what is kept until the provider answers.
    pub(crate) fn begin(&self, next: &str, now: Timestamp) -> Result<(Url, Pending), OidcError> {
        let client = self.client(now, METADATA_LASTS)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        for scope in &self.settings.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (url, state, nonce) = request.set_pkce_challenge(challenge).url();
        let pending = Pending {
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            next: next.to_owned(),
        };
        Ok((url, pending))
    }

    /// Ends a login by the code the provider gave: who it is, as the provider says under its signature.
    pub(crate) fn finish(&self, code: &str, pending: &Pending, now: Timestamp) -> Result<Claims, OidcError> {
        let client = self.client(now, METADATA_LASTS)?;
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| OidcError::Token(error.to_string()))?;
        let verifier = PkceCodeVerifier::new(pending.verifier.clone());
        let answer = request.set_pkce_verifier(verifier).request(&self.fetch);
        let answer = answer.map_err(|error| OidcError::Token(token_error(&error)))?;
        let token = answer.id_token().ok_or(OidcError::NoIdToken)?;
        let nonce = Nonce::new(pending.nonce.clone());
        let read = |client: &ProviderClient| {
            let verifier =
                client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || at(now));
            token.claims(&verifier, &nonce).map(|claims| Claims::of(claims, &self.settings))
        };
        let claims = match read(&client) {
            // The provider may have changed its keys.
            Err(openidconnect::ClaimsVerificationError::SignatureVerification(_)) => {
                read(&self.client(now, METADATA_AGAIN)?)
            }
            claims => claims,
        };
        claims.map_err(|error| OidcError::IdToken(error.to_string()))
    }

    /// A client by what the provider says of itself, which is not older than `lasts`.
    fn client(&self, now: Timestamp, lasts: SignedDuration) -> Result<ProviderClient, OidcError> {
        let kept = self.metadata.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        let fresh = kept.filter(|(at, _)| now.duration_since(*at) < lasts);
        let metadata = fresh.map_or_else(|| self.discover(now), |(_, metadata)| Ok(metadata))?;
        let id = ClientId::new(self.settings.client_id.clone());
        let client = Client::from_provider_metadata(metadata, id, Some(self.secret.clone()));
        Ok(client.set_redirect_uri(self.redirect.clone()))
    }

    /// Asks the provider about itself and its keys.
    fn discover(&self, now: Timestamp) -> Result<CoreProviderMetadata, OidcError> {
        let found = CoreProviderMetadata::discover(&self.issuer, &self.fetch);
        let found = found.map_err(|error| OidcError::Discovery(discovery_error(&error)))?;
        let mut kept = self.metadata.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *kept = Some((now, found.clone()));
        Ok(found)
    }
}

/// A time as the library counts it, which has a clock of its own kind.
fn at<T: Default + Add<Duration, Output = T>>(now: Timestamp) -> T {
    T::default() + Duration::from_secs(now.as_second().max(0).unsigned_abs())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// What went wrong, without what was sent or answered.
fn token_error(
    error: &openidconnect::RequestTokenError<fetch::FetchError, StandardErrorResponse<CoreErrorResponseType>>,
) -> String {
    use openidconnect::RequestTokenError::{Other, Parse, Request, ServerResponse};
    match error {
        ServerResponse(response) => format!("it answers {}", response.error().as_ref()),
        Request(error) => error.to_string(),
        Parse(..) => "its answer cannot be read".to_owned(),
        Other(_) => "its answer is not one".to_owned(),
    }
}

fn discovery_error(error: &openidconnect::DiscoveryError<fetch::FetchError>) -> String {
    use openidconnect::DiscoveryError::{Parse, Request, Response, UrlParse, Validation};
    match error {
        Parse(_) => "its answer cannot be read".to_owned(),
        Request(error) => error.to_string(),
        Response(status, ..) => format!("it answers {status}"),
        UrlParse(_) => "its URL cannot be read".to_owned(),
        Validation(_) => "it calls itself otherwise, or lacks what is needed".to_owned(),
        _ => "it cannot be used".to_owned(),
    }
}
