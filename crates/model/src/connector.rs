//! The providers that Stanch is to talk to.

/// Names of the connectors that verify, describe or revoke a secret: one a provider with a documented interface for that.
/// Rules name them; a connector that is built later takes its name from here. Sorted.
pub const CONNECTORS: &[&str] = &[
    "anthropic",
    "aws",
    "azure",
    "buildkite",
    "circleci",
    "cloudflare",
    "databricks",
    "datadog",
    "digitalocean",
    "discord",
    "docker",
    "doppler",
    "fastly",
    "figma",
    "gcp",
    "github",
    "gitlab",
    "grafana",
    "heroku",
    "huggingface",
    "linear",
    "mailchimp",
    "mailgun",
    "mongodb",
    "mysql",
    "netlify",
    "npm",
    "openai",
    "pagerduty",
    "postgres",
    "postman",
    "pypi",
    "rabbitmq",
    "redis",
    "sendgrid",
    "sentry",
    "shopify",
    "slack",
    "square",
    "stripe",
    "telegram",
    "terraform",
    "twilio",
    "vault",
    "vercel",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_sorted() {
        assert!(CONNECTORS.is_sorted_by(|a, b| a < b));
    }
}
