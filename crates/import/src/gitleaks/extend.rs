//! A file that builds on another: its rules go before those of the other, field by field.

use super::Read;
use crate::{
    foreign::{Foreign, ForeignRule},
    report::Note,
};

/// What `read` and the rules it builds on come to. `default` stands for the scanner's own rules: the files given before.
/// `included` is what `extend.path` names, as far as it could be read.
pub(crate) fn extended(read: Read, default: &mut Vec<ForeignRule>, included: Option<Foreign>) -> Foreign {
    let Read { mut foreign, targeted, extend } = read;
    let mut base = Vec::new();
    if let Some(mut included) = included {
        base.append(&mut included.rules);
        foreign.allows.append(&mut included.allows);
        foreign.notes.append(&mut included.notes);
    }
    if extend.usedefault {
        if default.is_empty() {
            foreign.notes.push(Note::left_out(
                "extend.useDefault: the default rules are in another file, which must be given before this one",
            ));
        }
        base.append(default);
    }
    let (kept, disabled): (Vec<_>, Vec<_>) =
        base.into_iter().partition(|rule| !extend.disabledrules.contains(&rule.id));
    if !disabled.is_empty() {
        foreign
            .notes
            .push(Note::changed(format!("extend.disabledRules: {} rules are not there", disabled.len())));
    }
    for rule in kept {
        match foreign.rules.iter_mut().find(|own| own.id == rule.id) {
            Some(own) => inherit(own, rule),
            None => foreign.rules.push(rule),
        }
    }
    for (targets, allow) in targeted {
        let known: Vec<_> = foreign.rules.iter_mut().filter(|rule| targets.contains(&rule.id)).collect();
        if known.len() < targets.len() {
            foreign.notes.push(Note::left_out("an allowlist of a rule that is not there"));
        }
        for rule in known {
            rule.allows.push(allow.clone());
        }
    }
    foreign
}

/// Gives a rule what it does not say itself.
fn inherit(own: &mut ForeignRule, base: ForeignRule) {
    let or = |own: &mut String, base: String| {
        if own.is_empty() {
            *own = base;
        }
    };
    or(&mut own.description, base.description);
    if own.pattern.is_none() {
        own.pattern = base.pattern;
    }
    if own.entropy_min == 0.0 {
        own.entropy_min = base.entropy_min;
    }
    if own.paths.is_empty() {
        own.paths = base.paths;
    }
    own.keywords.extend(base.keywords);
    own.tags.extend(base.tags);
    own.allows.extend(base.allows);
    own.needs.extend(base.needs);
    own.notes.extend(base.notes);
}
