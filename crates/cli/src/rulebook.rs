//! The rules a run uses: embedded ones, those of the user, without those that are disabled.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use stanch_engine::{Rule, RuleSet, is_name, parse_rules};

use crate::{
    advice::{advise, listed, nearest},
    settings::RuleSettings,
};

/// The rules as the user wants them.
///
/// # Errors
/// A file that cannot be read or is wrong, by file, line and field; an id to disable or override that no rule has, and what
/// cannot be said of it.
pub(crate) fn load(settings: &RuleSettings) -> anyhow::Result<RuleSet> {
    let mut rules = RuleSet::embedded();
    rules.extend(read(&settings.files)?);
    for (id, changes) in &settings.overrides {
        known(&rules, id).context("[rules.override]")?;
        rules.adjust(id, changes).with_context(|| format!("[rules.override.{id}]"))?;
    }
    for id in &settings.disable {
        known(&rules, id)?;
    }
    if !settings.disable.is_empty() {
        rules.retain(|info| !settings.disable.contains(&info.id));
    }
    if rules.rules().is_empty() {
        bail!("no rule is left to look for");
    }
    Ok(rules)
}

/// The rules of files and folders as they are written, also those of one id.
///
/// # Errors
/// A file that cannot be read or is wrong, by file, line and field.
pub(crate) fn read(places: &[PathBuf]) -> anyhow::Result<Vec<Rule>> {
    let mut rules = Vec::new();
    for place in places {
        for file in rule_files(place).with_context(|| place.display().to_string())? {
            let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            rules.extend(parse_rules(&file.display().to_string(), &text)?);
        }
    }
    Ok(rules)
}

/// Makes sure that a rule has this id.
///
/// # Errors
/// None has; the advice names those that are spelt alike.
pub(crate) fn known(rules: &RuleSet, id: &str) -> anyhow::Result<()> {
    let mut ids = rules.rules().iter().map(|rule| rule.info.id.as_str());
    if ids.any(|known| known == id) {
        return Ok(());
    }
    let near = nearest(id, rules.rules().iter().map(|rule| rule.info.id.as_str()));
    // What is spelt like no id may be a secret that was put there.
    let quoted = if near.is_empty() && !is_name(id) { String::new() } else { format!(" {id:?}") };
    let remedy = if near.is_empty() { "stanch rules list".to_owned() } else { listed(near) };
    Err(advise(format!("unknown rule{quoted}"), remedy))
}

/// The file itself, or the `.toml` files of the folder in the order of their names.
fn rule_files(place: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if !fs::metadata(place)?.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let entries = fs::read_dir(place)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let mut files: Vec<_> =
        entries.into_iter().filter(|file| file.extension().is_some_and(|ext| ext == "toml")).collect();
    files.sort();
    if files.is_empty() {
        bail!("holds no .toml file");
    }
    Ok(files)
}
