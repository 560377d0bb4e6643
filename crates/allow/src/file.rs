//! `.stanch/allow.toml`: allowances as text, one block each.

use std::fmt::Write as _;

use stanch_engine::mistake_in;
use stanch_model::Fingerprint;

use crate::{
    Allowance, Condition, Expiry, Subject, ValuePattern,
    written::{Written, is_condition_name},
};

/// Most allowances that one file may hold.
const ALLOWANCES_MAX: usize = 100_000;

/// The text of an allow file, as blocks that are added and removed without touching the others.
///
/// A block is a header and what follows it, with the comment lines right before it.
#[derive(Clone, Debug, Default)]
pub struct AllowFile {
    /// What stands before the first block.
    preamble: String,
    blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
struct Block {
    /// The line of its header, counted from 1; 0 for one that was added.
    line: usize,
    text: String,
    allowance: Allowance,
}

/// What is wrong with the text of an allow file; no value of it is quoted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{line}: {message}")]
pub struct AllowFileError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, naming the field.
    pub message: String,
}

/// Why a change to an allow file cannot be made.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EditError {
    /// The name cannot be written.
    #[error("a condition's name is of letters, digits, - and _, at most 100")]
    Name,
    /// It is there already.
    #[error("{0} is in the file already")]
    Taken(String),
    /// The blocks of the file are not where their headers say.
    #[error(
        "the file is laid out in a way that cannot be changed for you: each allowance is to begin with its [header]"
    )]
    Layout,
    /// What would be written would not be read back the same.
    #[error("the entry cannot be written: {0}")]
    Unreadable(AllowFileError),
}

impl AllowFile {
    /// Reads the text of an allow file.
    ///
    /// # Errors
    /// The first mistake, by line and field.
    pub fn parse(text: &str) -> Result<Self, AllowFileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let written: Written = toml::from_str(text).map_err(|error| {
            let (line, message) = mistake_in(text, &error);
            AllowFileError { line, message }
        })?;
        let line_of = |offset: usize| 1 + text[..offset].matches('\n').count();
        let allowances = written
            .allowances()
            .map_err(|(span, message)| AllowFileError { line: line_of(span.start), message })?;
        if let Some((offset, _)) = allowances.get(ALLOWANCES_MAX) {
            let message = format!("more than {ALLOWANCES_MAX} allowances");
            return Err(AllowFileError { line: line_of(*offset), message });
        }
        let starts: Vec<usize> = allowances.iter().map(|(offset, _)| block_start(text, *offset)).collect();
        let preamble = text[..starts.first().copied().unwrap_or(text.len())].to_owned();
        let ends = starts.iter().skip(1).copied().chain([text.len()]);
        let blocks = allowances.into_iter().zip(starts.iter().zip(ends)).map(
            |((offset, allowance), (&start, end))| Block {
                line: line_of(offset),
                text: text[start..end].to_owned(),
                allowance,
            },
        );
        Ok(Self { preamble, blocks: blocks.collect() })
    }

    /// The allowances in the order of the text.
    pub fn allowances(&self) -> impl Iterator<Item = &Allowance> {
        self.blocks.iter().map(|block| &block.allowance)
    }

    /// The allowances with the lines of their headers.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &Allowance)> {
        self.blocks.iter().map(|block| (block.line, &block.allowance))
    }

    /// Adds an allowance at its place in the order.
    ///
    /// # Errors
    /// One of its name is there already, or it cannot be written.
    pub fn add(&mut self, allowance: Allowance) -> Result<(), EditError> {
        self.add_all(vec![allowance])
    }

    fn push(&mut self, allowance: Allowance) -> Result<(), EditError> {
        if let Subject::Condition(condition) = &allowance.subject
            && !is_condition_name(&condition.name)
        {
            return Err(EditError::Name);
        }
        if self.position(&allowance.name()).is_some() {
            return Err(EditError::Taken(allowance.name()));
        }
        let text = render(&allowance);
        let read = Self::parse(&text).map_err(EditError::Unreadable)?;
        if !read.allowances().eq([&allowance]) {
            return Err(EditError::Layout);
        }
        self.blocks.push(Block { line: 0, text, allowance });
        Ok(())
    }

    /// Adds several, or none.
    ///
    /// # Errors
    /// As of [`AllowFile::add`].
    pub fn add_all(&mut self, allowances: Vec<Allowance>) -> Result<(), EditError> {
        let before = self.blocks.len();
        let added = allowances.into_iter().try_for_each(|allowance| self.push(allowance));
        added.and_then(|()| self.check_layout()).inspect_err(|_| self.blocks.truncate(before))
    }

    /// Puts `allowance` in the place of the one of its name; comments of that one's block go with it.
    ///
    /// # Errors
    /// There is none of its name, or it cannot be written.
    pub fn replace(&mut self, allowance: Allowance) -> Result<(), EditError> {
        self.remove(&[allowance.name()])?;
        self.add(allowance)
    }

    /// Gives the allowance named `former` another fingerprint; comments of its block stay.
    ///
    /// # Errors
    /// The block is not where its header says.
    pub fn rekey(&mut self, former: &Fingerprint, now: Fingerprint) -> Result<(), EditError> {
        let name = former.to_string();
        if let Some(at) = self.position(&name) {
            let block = &mut self.blocks[at];
            block.text = block.text.replace(&name, &now.to_string());
            block.allowance.subject = Subject::Secret(now);
        }
        self.check_layout()
    }

    /// Takes out those of these names.
    ///
    /// # Errors
    /// The blocks are not where their headers say.
    pub fn remove(&mut self, names: &[String]) -> Result<(), EditError> {
        self.blocks.retain(|block| !names.contains(&block.allowance.name()));
        self.check_layout()
    }

    /// The allowance named so: by its condition's name, its fingerprint, or the short form of that if only one has it.
    pub fn find(&self, name: &str) -> Option<&Allowance> {
        let by_name = self.position(name).map(|at| &self.blocks[at].allowance);
        by_name.or_else(|| {
            let is_short = |allowance: &&Allowance| match &allowance.subject {
                Subject::Secret(fingerprint) => fingerprint.short() == name,
                Subject::Condition(_) => false,
            };
            let mut short = self.allowances().filter(is_short);
            short.next().filter(|_| short.next().is_none())
        })
    }

    /// The text: sorted, fingerprints first, one empty line between blocks.
    pub fn render(&self) -> String {
        let mut blocks: Vec<&Block> = self.blocks.iter().collect();
        blocks.sort_by_cached_key(|block| {
            (matches!(block.allowance.subject, Subject::Condition(_)), block.allowance.name())
        });
        let texts =
            [self.preamble.as_str()].into_iter().chain(blocks.iter().map(|block| block.text.as_str()));
        let texts: Vec<_> = texts.map(str::trim).filter(|text| !text.is_empty()).collect();
        texts.join("\n\n") + if texts.is_empty() { "" } else { "\n" }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.blocks.iter().position(|block| block.allowance.name() == name)
    }

    /// TOML can be laid out in more ways than one block each; such a file is read, and not changed.
    fn check_layout(&self) -> Result<(), EditError> {
        let whole = Self::parse(&self.render()).map_err(|_| EditError::Layout)?;
        (whole.sorted() == self.sorted()).then_some(()).ok_or(EditError::Layout)
    }

    fn sorted(&self) -> Vec<&Allowance> {
        let mut allowances: Vec<_> = self.allowances().collect();
        allowances.sort_by_cached_key(|allowance| allowance.name());
        allowances
    }
}

/// Where the block starts whose header holds `offset`: with all comments between it and the block above. What stands above
/// the first block is that block's only where it is right above it.
fn block_start(text: &str, offset: usize) -> usize {
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let header = line_start(offset);
    let (mut start, mut adjacent) = (header, None);
    while start > 0 {
        let above = line_start(start - 1);
        let line = text[above..start].trim();
        if line.is_empty() {
            adjacent.get_or_insert(start);
        } else if !line.starts_with('#') {
            return start;
        }
        start = above;
    }
    adjacent.unwrap_or(start)
}

fn render(allowance: &Allowance) -> String {
    let mut text = match &allowance.subject {
        Subject::Secret(fingerprint) => header(fingerprint),
        Subject::Condition(condition) => condition_head(condition),
    };
    line(&mut text, "reason", Some(allowance.reason.as_str()));
    line(&mut text, "owner", allowance.owner.as_deref());
    line(&mut text, "approver", allowance.approver.as_deref());
    line(&mut text, "ticket", allowance.ticket.as_deref());
    line(&mut text, "note", allowance.note.as_deref());
    let _ = writeln!(text, "created = {}", allowance.created);
    match allowance.expires {
        Some(Expiry::On(day)) => drop(writeln!(text, "expires = {day}")),
        Some(Expiry::Never) => text.push_str("expires = \"never\"\n"),
        None => {}
    }
    line(&mut text, "proof", allowance.proof.as_deref());
    text
}

fn header(fingerprint: &Fingerprint) -> String {
    format!("[fingerprint.\"{fingerprint}\"]\n")
}

fn condition_head(condition: &Condition) -> String {
    let mut text = format!("[condition.{}]\n", condition.name);
    line(&mut text, "rule", Some(&condition.rule));
    line(&mut text, "path", Some(condition.path.as_str()));
    line(&mut text, "value", condition.value.as_ref().map(ValuePattern::as_str));
    text
}

fn line(text: &mut String, field: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{field} = {}", toml::Value::from(value));
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use stanch_model::{Fingerprinter, KeyKind, Reason};

    use super::*;

    fn print(raw: &[u8]) -> Fingerprint {
        *Fingerprinter::new(KeyKind::Salt, &[3; 32]).seal(raw).fingerprint()
    }

    fn secret(raw: &[u8]) -> Allowance {
        Allowance {
            subject: Subject::Secret(print(raw)),
            reason: Reason::TestCredential,
            owner: Some("platform".to_owned()),
            approver: None,
            ticket: Some("OPS-7 \"why\"".to_owned()),
            note: None,
            created: date(2026, 11, 26),
            expires: Some(Expiry::On(date(2027, 2, 24))),
            proof: None,
        }
    }

    const CONDITION: &str = "[condition.fixtures]\nrule = \"acme-key\"\npath = \"tests/**\"\nvalue = \"test_.*\"\nreason = \"false-positive\"\nowner = \"me\"\ncreated = 2026-01-01\n";

    #[test]
    fn what_is_written_is_read_and_sorted() {
        let mut file = AllowFile::parse(CONDITION).expect("well-formed");
        for raw in [b"one", b"two", b"six"] {
            file.add(secret(raw)).expect("it fits");
        }
        let text = file.render();
        let again = AllowFile::parse(&text).expect("well-formed");
        assert_eq!(again.render(), text);
        let headers: Vec<_> = text.lines().filter(|line| line.starts_with('[')).collect();
        assert!(headers.is_sorted_by_key(|line| (line.starts_with("[condition"), *line)), "{text}");
        assert_eq!(headers.len(), 4);
        assert!(text.ends_with(CONDITION));
        assert_eq!(file.add(secret(b"one")), Err(EditError::Taken(print(b"one").to_string())));
    }

    #[test]
    fn comments_stay_with_their_block() {
        let text = format!("# our exceptions\n\n# why: see the wiki\n{CONDITION}# the end\n");
        let mut file = AllowFile::parse(&text).expect("well-formed");
        assert_eq!(file.render(), text);
        file.add(secret(b"one")).expect("it fits");
        let text = file.render();
        assert!(text.starts_with("# our exceptions\n\n[fingerprint."), "{text}");
        assert!(text.contains("\n\n# why: see the wiki\n[condition"), "{text}");
        file.remove(&["fixtures".to_owned()]).expect("plain layout");
        assert!(!file.render().contains("wiki"));
    }

    #[test]
    fn comments_between_blocks_are_of_the_one_below() {
        let second = CONDITION.replace("fixtures", "second");
        let text = format!("{CONDITION}\n# == Team B ==\n\n# why\n{second}");
        let mut file = AllowFile::parse(&text).expect("well-formed");
        file.remove(&["fixtures".to_owned()]).expect("plain layout");
        assert!(
            file.render().starts_with("# == Team B ==\n\n# why\n[condition.second]"),
            "{}",
            file.render()
        );
    }

    #[test]
    fn another_fingerprint_leaves_comments_alone() {
        let mut file = AllowFile::default();
        file.add(secret(b"one")).expect("it fits");
        let text = format!("# why\n{}", file.render());
        let mut file = AllowFile::parse(&text).expect("well-formed");
        file.rekey(&print(b"one"), print(b"two")).expect("plain layout");
        assert_eq!(file.render(), text.replace(&print(b"one").to_string(), &print(b"two").to_string()));
    }

    #[test]
    fn what_is_laid_out_otherwise_is_read_and_not_changed() {
        let inline = |raw| {
            format!("fingerprint.\"{}\" = {{ reason = \"revoked\", created = 2026-01-01 }}\n", print(raw))
        };
        let text = [inline(b"one"), inline(b"six"), "# note\n".to_owned()].concat();
        let mut file = AllowFile::parse(&text).expect("well-formed");
        let results: Vec<_> = (0..8u8).map(|n| file.add(secret(&[n]))).collect();
        assert!(results.contains(&Err(EditError::Layout)));
        let again = AllowFile::parse(&file.render()).expect("what is written is read");
        assert_eq!(again.allowances().count(), 2 + results.iter().filter(|result| result.is_ok()).count());
    }

    #[test]
    fn mistakes_name_line_and_field_and_no_value() {
        for (right, wrong, expected) in [
            ("tests/**", "te[s", "3: path: not a glob of paths"),
            ("test_.*", "hunter2(", "4: value: not a regular expression of a reasonable size"),
            ("false-positive", "hunter2", "5: reason: unknown value, expected one of "),
            ("owner", "ovner", "6: ovner: unknown field"),
            ("2026-01-01", "\"hunter2\"", "7: created: "),
            ("path = \"tests/**\"\n", "", "1: path: is missing"),
            ("fixtures", "\"hunter2 !\"", "1: a condition's name is of letters"),
        ] {
            let error =
                AllowFile::parse(&CONDITION.replace(right, wrong)).expect_err("a mistake").to_string();
            assert!(error.starts_with(expected) && !error.contains("hunter2"), "{error}");
        }
        let bad = CONDITION.replace("condition.fixtures", "fingerprint.\"sf1:hunter2\"");
        let error = AllowFile::parse(&bad).expect_err("a mistake").to_string();
        assert!(error.starts_with("2: rule: belongs to a [condition"), "{error}");
    }

    #[test]
    fn one_is_found_by_what_people_call_it() {
        let mut file = AllowFile::parse(CONDITION).expect("well-formed");
        file.add(secret(b"one")).expect("it fits");
        assert!(file.find("fixtures").is_some() && file.find(&print(b"one").short()).is_some());
        assert!(file.find(&print(b"one").to_string()).is_some() && file.find("other").is_none());
    }
}
