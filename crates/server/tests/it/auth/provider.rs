//! A small identity provider: discovery, keys, and tokens for codes, by `OpenID` Connect Core 1.0. It can be made to lie.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use ring::{
    digest, hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde::Deserialize;
use serde_json::{Value as Json_, json};
use url::Url;

use super::house::second;

/// The secret of the server at this provider.
pub(crate) fn secret() -> String {
    ["known to", " both"].concat()
}

/// How the provider lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lie {
    /// Not at all.
    #[default]
    None,
    /// The nonce of another login.
    Nonce,
    /// A token for another client.
    Audience,
    /// A token that ended a second ago.
    Expired,
    /// A token of another provider.
    Issuer,
    /// A token without a signature.
    AlgorithmNone,
    /// A token signed by the secret both know.
    AlgorithmHmac,
    /// A token signed by a key of somebody else.
    Key,
    /// A token that was changed after it was signed.
    Changed,
    /// No ID token.
    Missing,
}

/// An identity provider.
#[derive(Clone)]
pub(crate) struct Provider(Arc<Parts>);

struct Parts {
    url: String,
    key: Mutex<EcdsaKeyPair>,
    key_id: Mutex<u32>,
    other_key: EcdsaKeyPair,
    codes: Mutex<HashMap<String, Login>>,
    lie: Mutex<Lie>,
    claims: Mutex<Json_>,
}

struct Login {
    nonce: String,
    challenge: String,
    redirect: String,
}

fn new_key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let bytes = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes.as_ref(), &random).expect("the key")
}

impl Provider {
    /// Starts one on a port of its own; it ends with the test.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let provider = Self(Arc::new(Parts {
            url: format!("http://{}", listener.local_addr().expect("an address")),
            key: Mutex::new(new_key()),
            key_id: Mutex::new(1),
            other_key: new_key(),
            codes: Mutex::new(HashMap::new()),
            lie: Mutex::new(Lie::None),
            claims: Mutex::new(
                json!({ "sub": "7", "email": "ada@acme.example", "email_verified": true, "name": "Ada" }),
            ),
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    pub(crate) fn lie(&self, lie: Lie) {
        *self.0.lie.lock().expect("a lock") = lie;
    }

    /// Sets claims of the person.
    pub(crate) fn claim(&self, claims: &Json_) {
        let mut all = self.0.claims.lock().expect("a lock");
        for (name, value) in claims.as_object().expect("claims") {
            all[name] = value.clone();
        }
    }

    /// Signs with a new key from now on.
    pub(crate) fn change_key(&self) {
        *self.0.key.lock().expect("a lock") = new_key();
        *self.0.key_id.lock().expect("a lock") += 1;
    }

    /// What a person does at the provider: logs in, and is sent back. Gives the path with the answer.
    pub(crate) fn authorize(&self, location: &str) -> String {
        let url = Url::parse(location).expect("a url");
        assert!(location.starts_with(&format!("{}/authorize?", self.url())), "{location}");
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!((query["response_type"].as_str(), query["client_id"].as_str()), ("code", "stanch"));
        assert_eq!(
            (query["code_challenge_method"].as_str(), query["scope"].as_str()),
            ("S256", "openid email profile")
        );
        let mut codes = self.0.codes.lock().expect("a lock");
        let code = format!("code{}", codes.len());
        let login = Login {
            nonce: query["nonce"].clone(),
            challenge: query["code_challenge"].clone(),
            redirect: query["redirect_uri"].clone(),
        };
        codes.insert(code.clone(), login);
        let mut back = Url::parse(&query["redirect_uri"]).expect("a url");
        back.query_pairs_mut().append_pair("code", &code).append_pair("state", &query["state"]);
        format!("{}?{}", back.path(), back.query().expect("an answer"))
    }

    fn id_token(&self, nonce: &str) -> String {
        let lie = *self.0.lie.lock().expect("a lock");
        let mut claims = self.0.claims.lock().expect("a lock").clone();
        let now = second(0).as_second();
        claims["iss"] = json!(if lie == Lie::Issuer { "http://127.0.0.1:1" } else { self.url() });
        claims["aud"] = json!(if lie == Lie::Audience { "another" } else { "stanch" });
        claims["exp"] = json!(if lie == Lie::Expired { now } else { now + 300 });
        claims["iat"] = json!(now - 10);
        claims["nonce"] = json!(if lie == Lie::Nonce { "another" } else { nonce });
        let algorithm = match lie {
            Lie::AlgorithmNone => "none",
            Lie::AlgorithmHmac => "HS256",
            _ => "ES256",
        };
        let key_id = self.0.key_id.lock().expect("a lock").to_string();
        let head = json!({ "alg": algorithm, "typ": "JWT", "kid": key_id });
        let encode = |value: &Json_| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", encode(&head), encode(&claims));
        let signature = self.signature(lie, signed.as_bytes());
        if lie == Lie::Changed {
            claims["sub"] = json!("1");
        }
        format!("{}.{}.{}", encode(&head), encode(&claims), BASE64URL_NOPAD.encode(&signature))
    }

    fn signature(&self, lie: Lie, signed: &[u8]) -> Vec<u8> {
        let by = |key: &EcdsaKeyPair| {
            key.sign(&SystemRandom::new(), signed).expect("a signature").as_ref().to_vec()
        };
        match lie {
            Lie::AlgorithmNone => Vec::new(),
            Lie::AlgorithmHmac => {
                hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret().as_bytes()), signed).as_ref().to_vec()
            }
            Lie::Key => by(&self.0.other_key),
            _ => by(&self.0.key.lock().expect("a lock")),
        }
    }
}

async fn discovery(State(provider): State<Provider>) -> Json<Json_> {
    let url = provider.url();
    Json(json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Json_> {
    let key = provider.0.key.lock().expect("a lock");
    let point = key.public_key().as_ref();
    let encode = |part: &[u8]| BASE64URL_NOPAD.encode(part);
    let id = provider.0.key_id.lock().expect("a lock").to_string();
    Json(json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": id,
        "x": encode(&point[1..33]), "y": encode(&point[33..65]),
    }] }))
}

#[derive(Deserialize)]
struct TokenForm {
    grant_type: String,
    code: String,
    code_verifier: String,
    redirect_uri: String,
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<TokenForm>,
) -> Response {
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let expected =
        format!("Basic {}", BASE64.encode(format!("stanch:{}", secret().replace(' ', "+")).as_bytes()));
    if headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) != Some(&expected) {
        return refused("invalid_client");
    }
    let login = provider.0.codes.lock().expect("a lock").remove(&form.code);
    let Some(login) = login.filter(|_| form.grant_type == "authorization_code") else {
        return refused("invalid_grant");
    };
    let challenge = digest::digest(&digest::SHA256, form.code_verifier.as_bytes());
    if BASE64URL_NOPAD.encode(challenge.as_ref()) != login.challenge || form.redirect_uri != login.redirect {
        return refused("invalid_grant");
    }
    let mut answer = json!({ "access_token": "unused", "token_type": "Bearer", "expires_in": 60 });
    if *provider.0.lie.lock().expect("a lock") != Lie::Missing {
        answer["id_token"] = json!(provider.id_token(&login.nonce));
    }
    Json(answer).into_response()
}
