//! What is said of settings that are wrong.

use stanch_connectors::{CHANNELS, open_channel};

use crate::sample::context;

fn refused(kind: &str, settings: &str) -> String {
    let table = toml::from_str(settings).expect("TOML");
    open_channel(kind, table, &context()).err().expect("a mistake").to_string()
}

#[test]
fn mistakes_are_told_by_field_and_quote_nothing() {
    let login = ["routing_key_env = 'A'\nurl = 'https://u:", "hidden70077", "@pd.test'"].concat();
    let cases = [
        ("pager", ""),
        ("tok-70077-aaaa", ""),
        ("pagerduty", ""),
        ("pagerduty", "routing_key = 'hidden70077'"),
        ("pagerduty", "routing_key_env = 'A'\nrouting_key_file = 'b'"),
        ("pagerduty", "routing_key_env = 70077"),
        ("pagerduty", "routing_key_env = 'A'\nulr = 'x'"),
        ("pagerduty", "routing_key_env = 'A'\nurl = 'http://pd.test'"),
        ("pagerduty", login.as_str()),
        ("opsgenie", "api_key_env = 'A'\nregion = 'hidden70077'"),
        ("slack", "webhook_url_env = 'https://x.test'\ntoken_env = 'A'"),
        ("slack", "token_env = 'A'"),
        ("slack", "webhook_url_env = 'hidden70077'"),
        ("slack", "webhook_url = 'https://x.test/hidden70077'"),
        ("teams", "webhook_url_env = 'http://x.test/hidden70077'"),
        ("email", "host = 'x.test'\nfrom = 'a@x.test'\nto = []"),
        ("email", "host = 'x.test'\nfrom = 'hidden70077'\nto = ['a@x.test']"),
        ("email", "host = 'x.test'\nfrom = 'a@x.test'\nto = ['b@x.test']\nsecurity = 'none'"),
        ("email", "host = 'x.test'\nfrom = 'a@x.test'\nto = ['b@x.test']\nuser = 'a'"),
        ("jira", "url = 'https://x.test'\nproject = 'a b'\ntoken_env = 'A'"),
        ("jira", "url = 'https://x.test'\nproject = 'A'\ntoken_env = 'A'\nlabels = ['a b']"),
        ("github", "repository = 'a'\ntoken_env = 'A'"),
        ("github", "repository = 'a/..'\ntoken_env = 'A'"),
        ("gitlab", "project = 'a/b'\ntoken_env = 'A'\nlabels = ['a,b']"),
        ("webhook", "url = 'https://x.test'\nsecret_env = 'hidden70077'"),
        ("alertmanager", "url = 'http://x.test'\nuser = 'a'"),
        ("alertmanager", "url = 'http://x.test'\ntoken_env = 'A'"),
    ];
    let told: Vec<_> = cases.iter().map(|(kind, settings)| refused(kind, settings)).collect();
    let told = told.join("\n");
    assert!(!told.contains("70077"), "{told}");
    insta::assert_snapshot!(told);
}

#[test]
fn every_kind_is_described_and_its_example_opens() {
    let mut described = String::new();
    for factory in CHANNELS {
        let example = factory.example().replace("token_file = \"/run/secrets/", "token_env = \"");
        let example = match factory.name() {
            "webhook" => example.replace("STANCH_WEBHOOK_SECRET", &crate::sample::webhook_secret()),
            "teams" => example.replace("TEAMS_WEBHOOK_URL", "https://x.test/y"),
            _ => example,
        };
        let table = toml::from_str(&example).expect("TOML");
        open_channel(factory.name(), table, &context())
            .unwrap_or_else(|error| panic!("{}: {error}", factory.name()));
        described.push_str(&[factory.name(), ": ", factory.doc(), "\n", factory.example(), "\n"].concat());
    }
    insta::assert_snapshot!(described);
}
