//! Whose ignore file or baseline it is.

use std::fmt;

use serde::Serialize;

/// A kind of ignore file or baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IgnoreFormat {
    /// `.gitleaksignore`: <https://github.com/gitleaks/gitleaks#gitleaksignore>.
    GitleaksIgnore,
    /// A JSON report that gitleaks takes as a baseline: <https://github.com/gitleaks/gitleaks#creating-a-baseline>.
    GitleaksBaseline,
    /// `.betterleaksignore`: hashes of values; before 2.0 as `.gitleaksignore`.
    BetterleaksIgnore,
    /// A JSON or JSON lines report of betterleaks.
    BetterleaksReport,
    /// `.secrets.baseline`: <https://github.com/Yelp/detect-secrets/blob/master/docs/design.md>.
    DetectSecrets,
    /// `.trivyignore.yaml`: <https://trivy.dev/latest/docs/configuration/filtering/#trivyignoreyaml>.
    Trivy,
    /// `.secretlintignore`: <https://github.com/secretlint/secretlint#ignoring-by-secretlintignore>.
    Secretlint,
    /// A baseline of kingfisher: <https://github.com/mongodb/kingfisher/blob/main/docs/BASELINE.md>.
    Kingfisher,
}

impl IgnoreFormat {
    /// All formats.
    pub const ALL: [Self; 8] = [
        Self::GitleaksIgnore,
        Self::GitleaksBaseline,
        Self::BetterleaksIgnore,
        Self::BetterleaksReport,
        Self::DetectSecrets,
        Self::Trivy,
        Self::Secretlint,
        Self::Kingfisher,
    ];

    /// The name that people type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GitleaksIgnore => "gitleaks-ignore",
            Self::GitleaksBaseline => "gitleaks-baseline",
            Self::BetterleaksIgnore => "betterleaks-ignore",
            Self::BetterleaksReport => "betterleaks-report",
            Self::DetectSecrets => "detect-secrets",
            Self::Trivy => "trivy",
            Self::Secretlint => "secretlint",
            Self::Kingfisher => "kingfisher",
        }
    }

    /// The format of a file: by its name where that is the one its scanner looks for, else by what only it holds.
    pub fn guess(file: &str, text: &str) -> Option<Self> {
        let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
        match name {
            ".gitleaksignore" => Some(Self::GitleaksIgnore),
            ".betterleaksignore" => Some(Self::BetterleaksIgnore),
            ".secretlintignore" => Some(Self::Secretlint),
            ".secrets.baseline" => Some(Self::DetectSecrets),
            ".trivyignore.yaml" | ".trivyignore.yml" => Some(Self::Trivy),
            _ => Self::guess_content(text),
        }
    }

    fn guess_content(text: &str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let has = |part: &str| text.contains(part);
        if text.trim_start().starts_with('[') {
            return has("\"RuleID\"").then_some(Self::GitleaksBaseline);
        }
        if text.trim_start().starts_with('{') {
            return match () {
                () if has("\"hashed_secret\"") || has("\"plugins_used\"") => Some(Self::DetectSecrets),
                () if has("\"schema_version\"") && has("\"finding") => Some(Self::BetterleaksReport),
                () => None,
            };
        }
        let begins = |names: &[&str]| text.lines().any(|line| names.contains(&line.trim_end()));
        if begins(&["ExactFindings:", "fingerprint_algorithm: kingfisher-v1"]) {
            return Some(Self::Kingfisher);
        }
        if begins(&["secrets:"]) {
            return Some(Self::Trivy);
        }
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
        if super::betterleaks_ignore::is_hash(line) {
            return Some(Self::BetterleaksIgnore);
        }
        super::gitleaks_ignore::fingerprint(line).map(|_| Self::GitleaksIgnore)
    }
}

impl fmt::Display for IgnoreFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_first_and_content_then() {
        let guess = |file: &str, text: &str| IgnoreFormat::guess(file, text).map(IgnoreFormat::as_str);
        assert_eq!(guess("a/.gitleaksignore", ""), Some("gitleaks-ignore"));
        assert_eq!(guess(".trivyignore.yaml", ""), Some("trivy"));
        assert_eq!(guess("b.json", "[\n {\n  \"RuleID\": \"x\"\n }\n]"), Some("gitleaks-baseline"));
        assert_eq!(guess("b.json", "{\"schema_version\":\"1\",\"findings\":[]}"), Some("betterleaks-report"));
        assert_eq!(guess("b", "{\"version\": \"1.5.0\", \"plugins_used\": []}"), Some("detect-secrets"));
        assert_eq!(guess("b.yml", "version: 2\nfingerprint_algorithm: kingfisher-v1\n"), Some("kingfisher"));
        assert_eq!(guess("b.yml", "ExactFindings:\n  matches: []\n"), Some("kingfisher"));
        assert_eq!(guess("t.yml", "secrets:\n  - id: x\n"), Some("trivy"));
        assert_eq!(guess("i", "# why\nsrc/a.py:rule:3\n"), Some("gitleaks-ignore"));
        assert_eq!(guess("i", &"ab".repeat(32)), Some("betterleaks-ignore"));
        for (file, text) in [("i", "*.log\n"), ("i", ""), ("i", "{}"), ("i", "[]"), (".trivyignore", "CVE-1")]
        {
            assert_eq!(guess(file, text), None, "{text}");
        }
    }
}
