//! What an identity provider says of a person, and what the settings make of it.

use openidconnect::{AdditionalClaims, IdTokenClaims, core::CoreGenderClaim};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use stanch_store::{Role, Subject};

use crate::auth::OidcSettings;

/// Groups of one person that are looked at.
const GROUPS_MAX: usize = 1_000;

/// Claims that are not of the standard: the groups among them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct OtherClaims {
    #[serde(flatten)]
    all: Map<String, Json>,
}

impl AdditionalClaims for OtherClaims {}

/// What a provider says of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    /// Who it is; never changes.
    pub(crate) subject: Subject,
    /// How it is called.
    pub(crate) name: Option<String>,
    /// What it calls itself there.
    pub(crate) username: Option<String>,
    /// Its e-mail address, if the provider has verified it.
    pub(crate) email: Option<String>,
    /// Its groups.
    pub(crate) groups: Vec<String>,
}

impl Claims {
    pub(super) fn of(claims: &IdTokenClaims<OtherClaims, CoreGenderClaim>, settings: &OidcSettings) -> Self {
        let groups = match claims.additional_claims().all.get(&settings.groups_claim) {
            Some(Json::Array(groups)) => {
                groups.iter().filter_map(Json::as_str).take(GROUPS_MAX).map(str::to_owned).collect()
            }
            Some(Json::String(group)) => vec![group.clone()],
            _ => Vec::new(),
        };
        let is_verified = claims.email_verified() == Some(true);
        let email = claims.email().filter(|_| is_verified).map(|email| email.as_str().to_lowercase());
        let subject = Subject {
            issuer: claims.issuer().as_str().to_owned(),
            subject: claims.subject().as_str().to_owned(),
        };
        let name = claims.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
        let username = claims.preferred_username().map(|name| name.as_str().to_owned());
        Self { subject, name, username, email, groups }
    }
}

/// What somebody may do and see by the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Access {
    pub(crate) role: Role,
    pub(crate) all_origins: bool,
    /// Teams by name.
    pub(crate) teams: Vec<String>,
    /// Whether the settings rule over it at each login, or only at the first.
    pub(crate) is_ruled: bool,
}

/// What somebody may do and see by the settings; none: they may not log in.
pub(crate) fn access(claims: &Claims, settings: &OidcSettings) -> Option<Access> {
    if !settings.allowed_domains.is_empty() {
        let (_, domain) = claims.email.as_deref()?.rsplit_once('@')?;
        if !settings.allowed_domains.iter().any(|allowed| allowed.eq_ignore_ascii_case(domain)) {
            return None;
        }
    }
    let mine: Vec<_> = settings.groups.iter().filter(|rule| claims.groups.contains(&rule.name)).collect();
    let is_ruled = !settings.groups.is_empty();
    let role = mine.iter().map(|rule| rule.role).max().or(settings.default_role)?;
    let mut teams: Vec<String> = mine.iter().flat_map(|rule| rule.teams.iter().cloned()).collect();
    teams.sort();
    teams.dedup();
    Some(Access { role, all_origins: mine.iter().any(|rule| rule.all_origins), teams, is_ruled })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(rest: &str) -> OidcSettings {
        toml::from_str(&format!("issuer = 'https://id.example'\nclient_id = 'stanch'\n{rest}"))
            .expect("settings")
    }

    fn claims(email: Option<&str>, groups: &[&str]) -> Claims {
        Claims {
            subject: Subject { issuer: "https://id.example".to_owned(), subject: "7".to_owned() },
            name: None,
            username: None,
            email: email.map(str::to_owned),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
        }
    }

    #[test]
    fn a_domain_is_compared_whole_and_only_of_a_verified_address() {
        let settings = settings("allowed_domains = ['acme.example']\ndefault_role = 'viewer'");
        let role = |email| access(&claims(email, &[]), &settings).map(|access| access.role);
        assert_eq!(role(Some("ada@acme.example")), Some(Role::Viewer));
        assert_eq!(role(Some("ada@ACME.example")), Some(Role::Viewer));
        for email in
            ["ada@evil-acme.example", "ada@x.acme.example", "acme.example", "a@acme.example@evil.example"]
        {
            assert_eq!(role(Some(email)), None, "{email}");
        }
        assert_eq!(role(None), None);
    }

    #[test]
    fn the_highest_role_of_all_groups_counts_and_their_teams_add_up() {
        let settings = settings(
            "[[groups]]\nname = 'dev'\nrole = 'viewer'\nteams = ['shop', 'web']\n\
             [[groups]]\nname = 'sec'\nrole = 'commander'\nteams = ['shop']\nall_origins = true",
        );
        let expected = Access {
            role: Role::Commander,
            all_origins: true,
            teams: vec!["shop".to_owned(), "web".to_owned()],
            is_ruled: true,
        };
        assert_eq!(access(&claims(None, &["dev", "sec", "other"]), &settings), Some(expected));
        assert_eq!(access(&claims(None, &["other"]), &settings), None);
    }
}
