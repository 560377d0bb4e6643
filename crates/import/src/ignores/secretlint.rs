//! `.secretlintignore`: the syntax of `.gitignore` (<https://git-scm.com/docs/gitignore>) without regard to case. Secretlint
//! reads it with the package `ignore` of npm, tried out with its version 12.

use std::rc::Rc;

use super::{Claim, Entry, Evidence, PATTERNS_MAX, PathPattern, Patterns, Place, Read, Reading, Why};
use crate::yaml::Mistake;

pub(super) fn read(text: &str, reading: &mut Reading) -> Read {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    // What is not read could take back what is, so nothing is left out here.
    if let Some((number, _)) = lines.clone().nth(PATTERNS_MAX) {
        return Err(Mistake::new(number, format!("over {PATTERNS_MAX} patterns of paths")));
    }
    let (patterns, refused) = Patterns::new(lines.clone());
    for (number, line) in lines.clone().filter(|(number, _)| refused.contains(number)) {
        if line.starts_with('!') {
            return Err(Mistake::new(number, Why::NoPattern.to_string()));
        }
        reading.leave_out(number, Why::NoPattern);
    }
    let patterns = Rc::new(patterns);
    for (number, line) in lines {
        // A line that takes back bears on those before it, and says nothing by itself.
        if line.starts_with('!') || refused.contains(&number) {
            continue;
        }
        reading.add_pattern(Entry {
            line: number,
            place: Place { path: PathPattern::Line(patterns.clone(), number), commit: None, lines: None },
            rule: None,
            evidence: Evidence::None,
            claim: Claim::Unsaid,
            note: None,
            expires: None,
        });
    }
    Ok(())
}
