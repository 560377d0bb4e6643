//! Who and what appears in the demonstration: a made-up company.

use stanch_model::{OriginKind, Severity};

/// A kind of credential that leaks there.
pub(super) struct Kind {
    /// The rule that finds it.
    pub(super) rule: &'static str,
    /// What its preview shows.
    pub(super) shown: &'static str,
    pub(super) severity: Severity,
    /// Files it is found in.
    pub(super) paths: &'static [&'static str],
    /// How often its provider still accepts it, of a hundred times.
    pub(super) live: usize,
}

/// Kinds, those that are found most more than once.
pub(super) const KINDS: &[Kind] = &[
    kind("aws-secret-access-key", "wJ", Severity::Critical, &["deploy/prod/aws.env", "scripts/sync.sh"], 70),
    kind("aws-secret-access-key", "k9", Severity::Critical, &["terraform/main.tf", ".env.production"], 60),
    kind("github-pat-classic", "ghp_", Severity::Critical, &[".github/release.sh", "tools/bump.py"], 75),
    kind("github-pat-classic", "ghp_", Severity::Critical, &["Dockerfile", "Makefile"], 50),
    kind("slack-bot-token", "xoxb-", Severity::High, &["bots/notify.py", "config/slack.yml"], 80),
    kind("slack-webhook", "hook", Severity::Medium, &["alerting/rules.yml", "scripts/notify.sh"], 85),
    kind(
        "stripe-live-secret-key",
        "sk_l",
        Severity::Critical,
        &["app/billing.rb", "config/prod/payments.yml"],
        65,
    ),
    kind("stripe-test-key", "sk_t", Severity::Medium, &["spec/billing_spec.rb", "README.md"], 90),
    kind("database-url", "po", Severity::Critical, &["config/database.yml", "deploy/prod/values.yaml"], 40),
    kind("database-url", "my", Severity::Critical, &["docker-compose.yml", "scripts/restore.sh"], 30),
    kind(
        "google-service-account-key",
        "MII",
        Severity::Critical,
        &["keys/reporting.json", "notebooks/load.ipynb"],
        70,
    ),
    kind("google-api-key", "AIza", Severity::High, &["app/src/main/AndroidManifest.xml", "web/maps.js"], 80),
    kind("npm-access-token", "npm_", Severity::Critical, &[".npmrc", "ci/publish.sh"], 60),
    kind(
        "private-key-pem",
        "MIIE",
        Severity::Critical,
        &["certs/service.key", "ansible/files/deploy.pem"],
        0,
    ),
    kind("jwt", "eyJ", Severity::Medium, &["test/fixtures/session.json", "docs/api.md"], 10),
    kind("generic-assignment", "pa", Severity::Medium, &["src/settings.py", "config/app.properties"], 0),
    kind("generic-assignment", "S3", Severity::Medium, &["legacy/config.php", "scripts/import.pl"], 0),
    kind("sendgrid-api-key", "SG.", Severity::High, &["mailer/config.ts", ".env"], 70),
    kind("openai-api-key", "sk-", Severity::High, &["notebooks/summarise.ipynb", "assistant/main.py"], 85),
    kind("gitlab-pat", "glpa", Severity::Critical, &["mirror/sync.sh"], 50),
    kind("datadog-api-key", "dd", Severity::Medium, &["helm/values.yaml"], 60),
    kind("twilio-auth-token", "tw", Severity::Critical, &["sms/sender.js"], 55),
];

const fn kind(
    rule: &'static str,
    shown: &'static str,
    severity: Severity,
    paths: &'static [&'static str],
    live: usize,
) -> Kind {
    Kind { rule, shown, severity, paths, live }
}

/// Something that is scanned there.
pub(super) struct Spot {
    pub(super) kind: OriginKind,
    pub(super) name: &'static str,
    pub(super) public: Option<bool>,
    pub(super) environment: Option<&'static str>,
}

const fn spot(
    kind: OriginKind,
    name: &'static str,
    public: Option<bool>,
    environment: Option<&'static str>,
) -> Spot {
    Spot { kind, name, public, environment }
}

/// What is scanned; what leaks most stands first.
pub(super) const SPOTS: &[Spot] = &[
    spot(OriginKind::Repository, "github.com/acme/shop-api", Some(false), Some("prod")),
    spot(OriginKind::Repository, "github.com/acme/shop-web", Some(false), Some("prod")),
    spot(OriginKind::Repository, "github.com/acme/payments", Some(false), Some("prod")),
    spot(OriginKind::Repository, "github.com/acme/data-pipeline", Some(false), None),
    spot(OriginKind::Repository, "github.com/acme/notebooks", Some(false), None),
    spot(OriginKind::Repository, "github.com/acme/infrastructure", Some(false), Some("prod")),
    spot(OriginKind::Repository, "github.com/acme/mobile-app", Some(false), None),
    spot(OriginKind::Repository, "github.com/acme/sdk-python", Some(true), None),
    spot(OriginKind::Repository, "github.com/acme/docs", Some(true), None),
    spot(OriginKind::Repository, "github.com/acme/legacy-crm", Some(false), None),
    spot(OriginKind::CiLog, "ci/shop-api/deploy", Some(false), Some("staging")),
    spot(OriginKind::CiLog, "ci/payments/integration", Some(false), Some("test")),
    spot(OriginKind::Telemetry, "logs/checkout", Some(false), Some("prod")),
    spot(OriginKind::Telemetry, "logs/notifications", Some(false), Some("staging")),
    spot(OriginKind::Image, "registry.acme.example/shop-api:2.14", Some(false), Some("prod")),
    spot(OriginKind::Image, "registry.acme.example/shop-api:2.13", Some(false), Some("prod")),
    spot(OriginKind::Image, "registry.acme.example/reporting:latest", Some(false), None),
];

/// Repositories among them, which stand first.
pub(super) const REPOSITORIES: usize = 10;

/// Somebody there: login, name, team.
pub(super) const PEOPLE: &[(&str, &str, &str)] = &[
    ("amara.okafor", "Amara Okafor", "security"),
    ("jonas.weber", "Jonas Weber", "security"),
    ("mei.tanaka", "Mei Tanaka", "platform"),
    ("ravi.patel", "Ravi Patel", "platform"),
    ("lucia.moreno", "Lucía Moreno", "payments"),
    ("tom.adeyemi", "Tom Adeyemi", "payments"),
    ("ingrid.dahl", "Ingrid Dahl", "data"),
    ("samir.haddad", "Samir Haddad", "web"),
];

/// Teams and what they answer for.
pub(super) const TEAMS: &[(&str, &[&str])] = &[
    ("security", &["**"]),
    ("platform", &["github.com/acme/infrastructure", "registry.acme.example/**", "ci/**"]),
    ("payments", &["github.com/acme/payments", "ci/payments/**", "logs/checkout"]),
    ("data", &["github.com/acme/data-pipeline", "github.com/acme/notebooks"]),
    ("web", &["github.com/acme/shop-*", "github.com/acme/mobile-app", "logs/notifications"]),
];

/// What people write while they respond.
pub(super) const NOTES: &[&str] = &[
    "asked the owner which jobs use it",
    "the key has write access to the reporting bucket; no other bucket",
    "last used an hour ago from our own address range",
    "cannot revoke before the nightly import has moved to the new one, at 18:00",
    "nothing in the access log that is not ours",
    "the repository was public for two days in spring",
    "told the payments team in their channel",
];

/// Why gates were gone by.
pub(super) const BYPASSES: &[&str] = &[
    "hotfix during an outage, rotated right after",
    "a fixture, allowance follows",
    "the value is a placeholder",
];
