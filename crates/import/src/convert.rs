//! From a foreign rule to one of ours, and what changes on the way.

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

use stanch_engine::{Allow, Context, Part, Rule, RuleError, RuleSet, Scanner, parse_rules};

use crate::{
    Format,
    example::{Examples, Expected},
    foreign::{ForeignRule, Need},
    keyword::always_holds,
    pattern::{self, Ours, Purpose, RULE_LEN_MAX, group_name},
    report::{Fate, Note, RuleReport},
    text::{AllowOut, ContextOut, FileOut, PartOut, RuleOut},
};

/// The longest name or description, in bytes.
const WORDS_BYTES_MAX: usize = 2000;

/// Turns rules into ours, one after the other.
pub(crate) struct Converter<'r> {
    by_id: HashMap<&'r str, &'r ForeignRule>,
    examples: Examples,
    ids: Ids,
    /// How many tables hold for all rules.
    shared_allows: usize,
    /// The rules that each hidden one became a part of.
    parts_of: HashMap<String, Vec<String>>,
}

/// What came of a rule that others see.
pub(crate) struct Converted {
    pub(crate) rules: Vec<RuleOut>,
    pub(crate) report: RuleReport,
}

impl<'r> Converter<'r> {
    pub(crate) fn new(rules: &'r [ForeignRule], shared_allows: usize, format: Format) -> Self {
        Self {
            by_id: rules.iter().map(|rule| (rule.id.as_str(), rule)).collect(),
            examples: Examples::default(),
            ids: Ids { taken: HashSet::new(), embedded: OnceLock::new(), format },
            shared_allows,
            parts_of: HashMap::new(),
        }
    }

    /// Converts a rule that is reported by itself.
    pub(crate) fn convert(&mut self, rule: &ForeignRule) -> Converted {
        let mut notes = rule.notes.clone();
        let source = shown(&rule.id);
        match self.expressed(rule, &mut notes) {
            Ok(rules) => {
                let ids = rules.iter().map(|rule| rule.id.clone()).collect();
                notes.dedup();
                Converted { rules, report: RuleReport { source, fate: Fate::Rules(ids), notes } }
            }
            Err(reason) => {
                let report = RuleReport { source, fate: Fate::LeftOut(reason), notes: Vec::new() };
                Converted { rules: Vec::new(), report }
            }
        }
    }

    /// What became of a rule that is only there for others, once those are converted.
    pub(crate) fn hidden(&self, rule: &ForeignRule) -> RuleReport {
        let fate = match self.parts_of.get(&rule.id) {
            Some(rules) => Fate::Part(rules.clone()),
            None => Fate::LeftOut(
                "it is never reported by itself, and no rule that was imported needs it".to_owned(),
            ),
        };
        RuleReport { source: shown(&rule.id), fate, notes: Vec::new() }
    }

    fn expressed(&mut self, rule: &ForeignRule, notes: &mut Vec<Note>) -> Result<Vec<RuleOut>, String> {
        let Some(foreign) = &rule.pattern else { return Err(without_pattern(rule)) };
        let all = pattern::ours(foreign, Purpose { group: "secret", len_max: RULE_LEN_MAX })?;
        let parts = self.needed_parts(rule, notes)?;
        let mut out = Vec::new();
        for ours in all {
            notes.extend(ours.notes.iter().filter(|note| !notes.contains(note)).cloned().collect::<Vec<_>>());
            out.push(self.written(rule, ours, &parts, notes)?);
        }
        for need in rule.needs.iter().filter(|need| self.by_id.contains_key(need.id.as_str())) {
            let wholes = self.parts_of.entry(need.id.clone()).or_default();
            wholes.extend(out.iter().map(|rule| rule.id.clone()));
        }
        Ok(out)
    }

    /// One rule as it is written, after the engine has read it.
    fn written(
        &mut self,
        rule: &ForeignRule,
        ours: Ours,
        parts: &[PartOut],
        notes: &mut Vec<Note>,
    ) -> Result<RuleOut, String> {
        let context = context(rule, &ours.pattern, notes)?;
        let allows = usable(&rule.allows, notes);
        if allows.len() + self.shared_allows > Allow::COUNT_MAX {
            return Err(format!("more than {} allowlists", Allow::COUNT_MAX));
        }
        let of_groups = ours.parts.iter().map(|name| PartOut {
            name: name.clone(),
            pattern: None,
            group: Some(group_name(name)),
            within_bytes: None,
            required: false,
            secret: true,
        });
        let part: Vec<PartOut> = parts.iter().cloned().chain(of_groups).take(Part::COUNT_MAX).collect();
        let name = if rule.name.is_empty() { words_of(&rule.id) } else { cut(&rule.name) };
        let (id, note) = self.ids.claim(&rule.id);
        let mut out = RuleOut {
            id,
            description: if rule.description.is_empty() { name.clone() } else { cut(&rule.description) },
            name,
            pattern: ours.pattern,
            severity: rule.severity,
            confidence: rule.confidence,
            entropy_min: (rule.entropy_min > 0.0).then_some(rule.entropy_min),
            paths: rule.paths.clone(),
            tags: rule.tags.clone(),
            references: rule.references.clone(),
            examples: Vec::new(),
            negatives: Vec::new(),
            context,
            part,
            allow: allows,
        };
        let scanner = compiled(&out).inspect_err(|_| self.ids.release(&out.id))?;
        let (examples, lost) = self.examples.kept(&rule.examples, &scanner, Expected::Found);
        let (negatives, lost_negatives) = self.examples.kept(&rule.negatives, &scanner, Expected::NotFound);
        (out.examples, out.negatives) = (examples, negatives);
        notes.extend(note.into_iter().chain(lost).chain(lost_negatives));
        Ok(out)
    }

    /// The parts that stand for the rules it needs.
    fn needed_parts(&self, rule: &ForeignRule, notes: &mut Vec<Note>) -> Result<Vec<PartOut>, String> {
        let mut parts: Vec<PartOut> = Vec::new();
        for need in &rule.needs {
            match self.part(need, &parts) {
                Ok(part) => {
                    let (must, within) = (if need.required { "must" } else { "may" }, need.within_bytes);
                    notes.push(Note::changed(format!(
                        "another rule {must} match within {within} bytes: a part"
                    )));
                    parts.push(part);
                }
                Err(problem) if need.required => return Err(format!("a rule that it requires: {problem}")),
                Err(problem) => notes.push(Note::left_out(format!("a rule that it depends on: {problem}"))),
            }
        }
        Ok(parts)
    }

    fn part(&self, need: &Need, taken: &[PartOut]) -> Result<PartOut, String> {
        let other = self.by_id.get(need.id.as_str()).ok_or("is not there")?;
        let foreign = other.pattern.as_ref().ok_or("has no pattern")?;
        let all = pattern::ours(foreign, Purpose { group: "value", len_max: Part::LEN_MAX })?;
        let pattern = all.into_iter().next().ok_or("has no pattern")?.pattern;
        let stem: String = slug(&need.id).chars().take(Part::NAME_MAX - 3).collect();
        let mut names =
            (1..).map(|number| if number == 1 { stem.clone() } else { format!("{stem}-{number}") });
        let name = names.find(|name| taken.iter().all(|part| part.name != *name)).unwrap_or(stem);
        let (pattern, within_bytes) = (Some(pattern), Some(need.within_bytes));
        Ok(PartOut { name, pattern, group: None, within_bytes, required: need.required, secret: true })
    }
}

fn without_pattern(rule: &ForeignRule) -> String {
    if rule.paths.is_empty() {
        "it has no pattern: it changes a rule of a file that was not given".to_owned()
    } else {
        "it looks at names of files only, and a rule needs a pattern".to_owned()
    }
}

/// The keywords that a match does not hold anyway, as words that stand near.
fn context(rule: &ForeignRule, pattern: &str, notes: &mut Vec<Note>) -> Result<Option<ContextOut>, String> {
    let mut words: Vec<String> = rule.keywords.iter().filter(|word| !word.is_empty()).cloned().collect();
    words.sort();
    words.dedup();
    if words.is_empty() || always_holds(&pattern::parse(pattern)?, &words) {
        return Ok(None);
    }
    let within_bytes = Context::WITHIN_BYTES_MAX;
    let text = format!("its keywords must stand within {within_bytes} bytes, not anywhere in the file");
    notes.push(Note::changed(text));
    Ok(Some(ContextOut { words, within_bytes }))
}

/// The tables that the engine reads; of others a note is left.
pub(crate) fn usable(allows: &[Allow], notes: &mut Vec<Note>) -> Vec<AllowOut> {
    let alone = |allow: &Allow| {
        let allow = vec![AllowOut::from(allow.clone())];
        FileOut { provider: "Imported".to_owned(), allow, rule: Vec::new() }
    };
    let mut usable = Vec::new();
    for allow in allows {
        match read_back(&alone(allow)) {
            Ok(_) => usable.push(allow.clone().into()),
            Err(problem) => notes.push(Note::left_out(format!("an allowlist: {problem}"))),
        }
    }
    usable
}

/// The rule as the engine reads it, alone.
fn compiled(rule: &RuleOut) -> Result<Scanner, String> {
    let file = FileOut { provider: "Imported".to_owned(), allow: Vec::new(), rule: vec![rule.clone()] };
    let mut set = RuleSet::default();
    set.extend(read_back(&file)?);
    Ok(Scanner::new(set))
}

fn read_back(file: &FileOut) -> Result<Vec<Rule>, String> {
    let text = toml::to_string_pretty(file).map_err(|_| "cannot be written as TOML".to_owned())?;
    parse_rules("imported", &text).map_err(|error| match error {
        RuleError::Rule { field, problem, .. } => format!("{field}: {problem}"),
        RuleError::Syntax { message, .. } => message,
    })
}

/// The ids that are given away.
struct Ids {
    taken: HashSet<String>,
    /// Those of Stanch, read when the first rule is met.
    embedded: OnceLock<HashSet<String>>,
    format: Format,
}

impl Ids {
    fn is_embedded(&self, id: &str) -> bool {
        let ids = || RuleSet::embedded().rules().iter().map(|rule| rule.info.id.clone()).collect();
        self.embedded.get_or_init(ids).contains(id)
    }

    /// The id of ours for one of theirs: one of an embedded rule would take its place, so it is not used.
    fn claim(&mut self, foreign: &str) -> (String, Option<Note>) {
        let stem = slug(foreign);
        let is_ours = self.is_embedded(&stem);
        let stem = if is_ours || stem.is_empty() { format!("{}-{stem}", self.format) } else { stem };
        let stem = stem.trim_end_matches('-').to_owned();
        let mut ids = (1..).map(|number| if number == 1 { stem.clone() } else { format!("{stem}-{number}") });
        let free = |id: &String| !self.taken.contains(id) && !self.is_embedded(id);
        let id = ids.find(free).unwrap_or(stem);
        self.taken.insert(id.clone());
        let note = is_ours
            .then(|| Note::changed("its id is that of a rule of Stanch, which stays: it has another one"));
        (id, note)
    }

    fn release(&mut self, id: &str) {
        self.taken.remove(id);
    }
}

/// An id in the letters of ours.
fn slug(foreign: &str) -> String {
    const BYTES_MAX: usize = 80;
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let text: String = foreign.chars().map(letter).take(BYTES_MAX).collect();
    text.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// An id as far as it may be shown: what else stands in its place may be a secret.
pub(crate) fn shown(id: &str) -> String {
    const WORD_MAX: usize = 24;
    let is_word =
        |word: &str| word.len() <= WORD_MAX && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_id = !id.is_empty() && id.split(['-', '_', '.', ' ']).all(is_word);
    if is_id { id.to_owned() } else { "a rule without a usable id".to_owned() }
}

/// A name made of an id.
fn words_of(id: &str) -> String {
    let words = slug(id).replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(
        || "Imported".to_owned(),
        |first| first.to_ascii_uppercase().to_string() + letters.as_str(),
    )
}

fn cut(text: &str) -> String {
    let mut end = text.len().min(WORDS_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].trim().to_owned()
}
