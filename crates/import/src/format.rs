//! Whose rule file it is.

use std::fmt;

use serde::Serialize;

/// A scanner whose rule files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Gitleaks, TOML: <https://github.com/gitleaks/gitleaks#configuration>.
    Gitleaks,
    /// Betterleaks, TOML: <https://github.com/betterleaks/betterleaks/blob/main/docs/config.md>.
    Betterleaks,
    /// Kingfisher, YAML: <https://github.com/mongodb/kingfisher/blob/main/docs/RULES.md>.
    Kingfisher,
    /// Nosey Parker, YAML: <https://github.com/praetorian-inc/noseyparker>.
    NoseyParker,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Gitleaks, Self::Betterleaks, Self::Kingfisher, Self::NoseyParker];

    /// The name that people type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gitleaks => "gitleaks",
            Self::Betterleaks => "betterleaks",
            Self::Kingfisher => "kingfisher",
            Self::NoseyParker => "noseyparker",
        }
    }

    /// The format of a file, by fields that only it has; none where it has rules of no known kind.
    pub fn guess(text: &str) -> Option<Self> {
        let mut fields = text.lines().map(field);
        let has = |names: &[&str]| fields.clone().any(|field| names.contains(&field));
        if has(&["[[rules]]", "[[allowlists]]", "[allowlist]", "[extend]"]) {
            let is_successor =
                has(&["betterleaksMinVersion", "prefilter", "filter", "validate", "specificity"]);
            return Some(if is_successor { Self::Betterleaks } else { Self::Gitleaks });
        }
        if !fields.any(|field| field == "rules:") {
            return None;
        }
        let own = [
            "min_entropy:",
            "validation:",
            "depends_on_rule:",
            "visible:",
            "pattern_requirements:",
            "confidence:",
        ];
        let mut fields = text.lines().map(field);
        Some(if fields.any(|field| own.contains(&field)) { Self::Kingfisher } else { Self::NoseyParker })
    }
}

/// What a line begins with, without the mark of a list item.
fn field(line: &str) -> &str {
    let line = line.trim_start();
    let line = line.strip_prefix("- ").unwrap_or(line).trim_start();
    line.split([' ', '\t', '=', '\r']).next().unwrap_or_default()
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart() {
        let guess = |text: &str| Format::guess(text).map(Format::as_str);
        assert_eq!(guess("title = 'x'\n[[rules]]\nid='a'\n"), Some("gitleaks"));
        assert_eq!(guess("[extend]\nuseDefault = true\n"), Some("gitleaks"));
        assert_eq!(guess("[[rules]]\nid='a'\nfilter = '''x'''\n"), Some("betterleaks"));
        assert_eq!(guess("rules:\n  - name: A\n    id: b\n    min_entropy: 3\n"), Some("kingfisher"));
        assert_eq!(guess("rules:\n\n- name: A\n  id: b\n  pattern: c\n"), Some("noseyparker"));
        assert_eq!(guess("provider = 'x'\n[[rule]]\n"), None);
        assert_eq!(guess(""), None);
    }
}
