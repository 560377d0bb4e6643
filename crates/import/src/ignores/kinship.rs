//! Whether a foreign rule and one of ours can mean the same secret, by the words of their names.

use stanch_model::RuleInfo;

/// How near two rules are, farthest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kinship {
    /// Each is for another provider.
    None,
    /// One of them is for whatever looks like a secret.
    Loose,
    /// Both are for the same provider, or both for whatever looks like a secret.
    Provider,
    /// They have one name.
    Same,
}

/// Words of rules that do not tell a provider.
const PLAIN: [&str; 102] = [
    "access",
    "account",
    "admin",
    "ai",
    "api",
    "apikey",
    "app",
    "application",
    "assignment",
    "auth",
    "authentication",
    "authorization",
    "base64",
    "basic",
    "bearer",
    "betterleaks",
    "bot",
    "classic",
    "client",
    "cloud",
    "code",
    "com",
    "config",
    "configuration",
    "connection",
    "cookie",
    "credential",
    "credentials",
    "cred",
    "creds",
    "curl",
    "data",
    "deploy",
    "dev",
    "encoded",
    "entropy",
    "env",
    "file",
    "fine",
    "generic",
    "gitleaks",
    "grained",
    "header",
    "hex",
    "high",
    "hmac",
    "hook",
    "http",
    "https",
    "id",
    "incoming",
    "integration",
    "io",
    "ip",
    "job",
    "key",
    "keys",
    "keyword",
    "kingfisher",
    "legacy",
    "license",
    "live",
    "login",
    "management",
    "net",
    "oauth",
    "oauth2",
    "org",
    "organization",
    "pass",
    "passwd",
    "password",
    "passwords",
    "pat",
    "personal",
    "prod",
    "project",
    "public",
    "pwd",
    "refresh",
    "sandbox",
    "secret",
    "secrets",
    "service",
    "services",
    "session",
    "signing",
    "string",
    "test",
    "token",
    "tokens",
    "trivy",
    "unwanted",
    "uri",
    "url",
    "user",
    "username",
    "value",
    "variable",
    "web",
    "webhook",
    "written",
];
/// Words that mean what another one means.
const ALIASES: [(&str, &str); 22] = [
    ("amazon", "aws"),
    ("dsa", "private"),
    ("facebook", "meta"),
    ("gcp", "google"),
    ("gh", "github"),
    ("hf", "huggingface"),
    ("jdbc", "database"),
    ("json", "jwt"),
    ("mariadb", "database"),
    ("mysql", "database"),
    ("odbc", "database"),
    ("openssh", "private"),
    ("pem", "private"),
    ("pgp", "private"),
    ("pkcs8", "private"),
    ("postgres", "database"),
    ("postgresql", "database"),
    ("privkey", "private"),
    ("rsa", "private"),
    ("sqlserver", "database"),
    ("ssh", "private"),
    ("x", "twitter"),
];
/// What says of a key that it is one half of a pair, and of a provider nothing, unless nothing else is said.
const PRIVATE: &str = "private";
/// The tag of our rules that are for whatever looks like a secret.
const GENERIC: &str = "generic";
/// How many words of a name may be written as one: `sumologic`, `newrelic`.
const JOINED_MAX: usize = 3;

/// How near a foreign rule is to one of ours.
pub(super) fn kinship(foreign: &str, ours: &RuleInfo) -> Kinship {
    let words = words(foreign);
    if joined(&words) == ours.id {
        return Kinship::Same;
    }
    let is_generic = ours.tags.iter().any(|tag| tag == GENERIC);
    let provider = telling(&words);
    if provider.is_empty() {
        return if is_generic { Kinship::Provider } else { Kinship::Loose };
    }
    if names(ours).iter().any(|name| provider.contains(name) || is_joined(&words, name)) {
        return Kinship::Provider;
    }
    if is_generic { Kinship::Loose } else { Kinship::None }
}

/// The id that a rule of ours has if it is called as a foreign one.
pub(crate) fn own_id(foreign: &str) -> String {
    joined(&words(foreign))
}

/// Whether a foreign rule is for whatever looks like a secret: its name tells no provider.
pub(crate) fn is_generic(foreign: &str) -> bool {
    telling(&words(foreign)).is_empty()
}

/// The words of a name without that of the scanner.
fn joined(words: &[String]) -> String {
    let own = words.iter().filter(|word| !matches!(word.as_str(), "betterleaks" | "kingfisher" | "gitleaks"));
    own.map(String::as_str).collect::<Vec<_>>().join("-")
}

/// The words of a name in lower case; `clientSecret` is two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || letter.is_uppercase() && was_lower {
            words.push(String::new());
        }
        was_lower = letter.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The words that tell a provider.
fn telling(words: &[String]) -> Vec<String> {
    let is_telling = |word: &&String| !PLAIN.contains(&word.as_str()) && word.parse::<u32>().is_err();
    let mut telling: Vec<String> = words.iter().filter(is_telling).map(|word| known(word)).collect();
    if telling.iter().any(|word| word != PRIVATE) {
        telling.retain(|word| word != PRIVATE);
    }
    telling
}

fn known(word: &str) -> String {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == word);
    alias.map_or(word, |(_, word)| word).to_owned()
}

/// What the provider of a rule is called: its words, these as one, and the first word of the id.
fn names(rule: &RuleInfo) -> Vec<String> {
    let provider = words(&rule.provider);
    let mut names = telling(&provider);
    names.push(provider.concat());
    names.extend(
        words(&rule.id).first().filter(|word| !PLAIN.contains(&word.as_str())).map(|word| known(word)),
    );
    names.retain(|name| !name.is_empty());
    names
}

/// Whether some words in a row are a name when they are written as one.
fn is_joined(words: &[String], name: &str) -> bool {
    (2..=JOINED_MAX).any(|count| words.windows(count).any(|row| row.concat() == name))
}

#[cfg(test)]
mod tests {
    use stanch_engine::RuleSet;

    use super::*;

    fn ours(id: &str) -> RuleInfo {
        let rules = RuleSet::embedded();
        let rule = rules.rules().iter().find(|rule| rule.info.id == id).expect("a rule");
        RuleInfo::clone(&rule.info)
    }

    #[test]
    fn rules_of_one_provider_are_kin() {
        for (foreign, id) in [
            ("aws-access-token", "aws-access-key-id"),
            ("AWS Access Key", "aws-secret-access-key"),
            ("kingfisher.gcp.1", "google-api-key"),
            ("sumologic-access-token", "sumo-logic-access-key"),
            ("new-relic-user-api-key", "new-relic-user-key"),
            ("newrelic", "new-relic-user-key"),
            ("flyio-access-token", "fly-io-access-token"),
            ("Private Key", "private-key-pem"),
            ("rsa-private-key", "private-key-pem"),
            ("JSON Web Token", "jwt"),
            ("hashicorp-tf-api-token", "terraform-cloud-token"),
            ("Artifactory Credentials", "artifactory-api-key"),
            ("generic-api-key", "generic-assignment"),
            ("Basic Auth Credentials", "url-userinfo"),
            ("twitter-api-key", "twitter-bearer-token"),
            ("facebook-secret", "facebook-app-secret"),
        ] {
            assert_eq!(kinship(foreign, &ours(id)), Kinship::Provider, "{foreign} {id}");
        }
        for foreign in ["gitlab-pat", "betterleaks.gitlab-pat"] {
            assert_eq!(kinship(foreign, &ours("gitlab-pat")), Kinship::Same);
        }
    }

    #[test]
    fn a_generic_rule_may_mean_anything() {
        for foreign in
            ["generic-api-key", "Secret Keyword", "Base64 High Entropy String", "kingfisher.generic.2"]
        {
            assert_eq!(kinship(foreign, &ours("stripe-live-secret-key")), Kinship::Loose, "{foreign}");
        }
        assert_eq!(kinship("aws-access-token", &ours("generic-assignment")), Kinship::Loose);
    }

    #[test]
    fn other_providers_are_not_kin() {
        for (foreign, id) in [
            ("aws-access-token", "stripe-live-secret-key"),
            ("JSON Web Token", "aws-access-key-id"),
            ("Azure Storage Account access key", "google-storage-hmac-secret"),
            ("linear-api-key", "line-channel-secret"),
            ("klaviyo-private-key", "private-key-pem"),
            ("private-key", "klaviyo-private-key"),
            ("hashicorp-tf-api-token", "heroku-api-token"),
        ] {
            assert_eq!(kinship(foreign, &ours(id)), Kinship::None, "{foreign} {id}");
        }
    }
}
