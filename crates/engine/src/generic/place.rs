//! What the path of a file says of the candidates in it.

use super::{
    name::words,
    vocabulary::{TOPICS, topic},
};

/// Kinds of files, by the ends of their names; what is alike stands in one line.
const KINDS: &[&[&str]] = &[
    &["py", "pyi", "ipynb"],
    &["js", "mjs", "cjs", "jsx"],
    &["ts", "tsx", "vue", "svelte"],
    &["java", "kt", "kts", "scala", "groovy", "gradle", "clj"],
    &["c", "h", "cc", "cpp", "cxx", "hpp", "m", "mm", "swift"],
    &["cs", "vb", "fs", "cshtml", "razor"],
    &["go"],
    &["rs"],
    &["rb", "erb", "rake", "gemspec", "ex", "exs"],
    &["php", "phtml", "inc"],
    &["pl", "pm", "lua", "r", "dart", "erl", "hs", "ml"],
    &["sh", "bash", "zsh", "fish", "ps1", "bat", "cmd", "psm1"],
    &["yml", "yaml"],
    &["json", "jsonc", "json5", "ndjson", "har", "tfstate"],
    &["toml"],
    &["ini", "cfg", "conf", "cnf", "config", "properties", "env", "netrc", "npmrc"],
    &["tf", "tfvars", "hcl"],
    &["xml", "plist", "csproj", "storyboard", "xib", "xaml", "wsdl"],
    &["resx", "strings", "po", "pot", "arb", "xliff", "xlf", "lang"],
    &["html", "htm", "xhtml", "tmpl", "tpl", "j2", "hbs", "ejs", "mustache", "jinja"],
    &["css", "scss", "less", "sass"],
    &["md", "markdown", "rst", "adoc", "txt", "textile", "mdx"],
    &["sql"],
    &["log", "out", "cast"],
    &["lock", "sum"],
    &["csv", "tsv"],
    &["dockerfile"],
    &["map", "bundle", "min"],
    &["example", "sample", "dist", "template", "default"],
    &["http", "rest", "curl"],
];

/// How many features a path has.
pub const PLACE_FEATURES: usize = 1 + TOPICS.len();

/// The features of a path: the kind of file, and what its words are about.
pub fn place_features(path: &str) -> [i16; PLACE_FEATURES] {
    let mut features = [0; PLACE_FEATURES];
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    let end = name.rsplit('.').next().unwrap_or_default();
    let kind = KINDS.iter().position(|kind| kind.contains(&end));
    features[0] = kind.and_then(|kind| i16::try_from(kind).ok()).unwrap_or(-1);
    for topic in words(path.as_bytes()).filter_map(topic) {
        features[1 + topic as usize] = 1;
    }
    features
}

/// Their names, in order.
pub fn place_feature_names() -> Vec<String> {
    let topics = TOPICS.iter().map(|topic| format!("path: {topic}"));
    ["path: kind of file".to_owned()].into_iter().chain(topics).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_kind_and_topics() {
        let features = place_features("src/test/Settings.PY");
        let of = |name: &str| {
            let names = place_feature_names();
            features[names.iter().position(|known| known == name).expect("a feature")]
        };
        assert_eq!((of("path: kind of file"), of("path: Test"), of("path: Lock")), (0, 1, 0));
        assert_eq!(place_features("a")[0], -1);
    }
}
