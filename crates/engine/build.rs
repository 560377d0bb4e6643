//! Reads the folder of rules, works out how each is looked for, and embeds the result: a start-up only decodes it.

use std::{env, fs, io, io::Write as _, path::Path};

use serde::Serialize;

#[path = "src/analysis/mod.rs"]
#[allow(dead_code, reason = "what only the crate itself uses")]
mod analysis;
#[path = "src/rule_text.rs"]
#[allow(dead_code, unreachable_pub, reason = "what only the crate itself uses")]
mod rule_text;

#[path = "src/sieve/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "what only the crate itself uses")]
mod sieve;
#[path = "src/simd.rs"]
#[allow(dead_code, unreachable_pub, reason = "what only the crate itself uses")]
mod simd;

use rule_text::{FileText, PlannedRule};
use sieve::Sieve;

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules").canonicalize()?;
    writeln!(io::stdout(), "cargo::rerun-if-changed={}", folder.display())?;
    for part in ["build.rs", "src/analysis", "src/rule_text.rs", "src/sieve", "src/simd.rs"] {
        writeln!(io::stdout(), "cargo::rerun-if-changed={part}")?;
    }
    let mut files: Vec<_> =
        fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|ext| ext == "toml"));
    files.sort();
    let mut rules = Vec::new();
    for file in files {
        let wrong = |problem: String| io::Error::other(format!("{}: {problem}", file.display()));
        let parsed: FileText =
            toml::from_str(&fs::read_to_string(&file)?).map_err(|error| wrong(error.to_string()))?;
        for rule in parsed.rule {
            let mut text = rule.into_inner();
            text.allow.extend(parsed.allow.iter().map(|allow| allow.get_ref().clone()));
            let plan = text.plan().map_err(|problem| wrong(format!("rule {}: {problem}", text.id)))?;
            rules.push(PlannedRule { provider: parsed.provider.clone(), text, plan });
        }
    }
    let numbered = (0u32..).zip(&rules);
    let sieve = Sieve::new(numbered.filter_map(|(id, rule)| Some((id, rule.plan.windows.as_ref()?))));
    embed("rules.postcard", &rules)?;
    embed("sieve.postcard", &sieve)
}

fn embed(name: &str, value: &impl Serialize) -> io::Result<()> {
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join(name), postcard::to_stdvec(value).map_err(io::Error::other)?)
}
