//! Keywords: which of them a pattern holds anyway.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The most texts that a piece of a pattern is spelled out to.
const SPELLINGS_MAX: usize = 256;

/// Whether every match holds one of `keywords`, which are lower case, whatever its own case. Where that is not plain to see
/// the answer is no.
pub(crate) fn always_holds(hir: &Hir, keywords: &[String]) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Literal(_) | HirKind::Class(_) => {
            spelled_holds(hir, keywords)
        }
        HirKind::Capture(capture) => always_holds(&capture.sub, keywords),
        HirKind::Repetition(repetition) => repetition.min > 0 && always_holds(&repetition.sub, keywords),
        HirKind::Alternation(subs) => subs.iter().all(|sub| always_holds(sub, keywords)),
        HirKind::Concat(subs) => {
            subs.iter().any(|sub| always_holds(sub, keywords)) || run_holds(subs, keywords)
        }
    }
}

fn spelled_holds(hir: &Hir, keywords: &[String]) -> bool {
    spellings(hir).is_some_and(|all| !all.is_empty() && all.iter().all(|text| holds_any(text, keywords)))
}

fn holds_any(text: &[u8], keywords: &[String]) -> bool {
    keywords.iter().any(|word| text.windows(word.len().max(1)).any(|window| window == word.as_bytes()))
}

/// Whether neighbours that can be spelled out hold a keyword between them.
fn run_holds(subs: &[Hir], keywords: &[String]) -> bool {
    let mut run: Vec<Vec<u8>> = vec![Vec::new()];
    for sub in subs {
        run = match spellings(sub).map(|next| joined(&run, &next)) {
            Some(longer) if longer.len() <= SPELLINGS_MAX => longer,
            _ => vec![Vec::new()],
        };
        if !run.is_empty() && run.iter().all(|text| holds_any(text, keywords)) {
            return true;
        }
    }
    false
}

fn joined(heads: &[Vec<u8>], tails: &[Vec<u8>]) -> Vec<Vec<u8>> {
    if heads.len() * tails.len() > SPELLINGS_MAX {
        return vec![Vec::new(); SPELLINGS_MAX + 1];
    }
    heads.iter().flat_map(|head| tails.iter().map(move |tail| [&head[..], &tail[..]].concat())).collect()
}

/// All texts that a piece matches, in lower case; none where they are too many to tell.
fn spellings(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let all = match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![Vec::new()],
        HirKind::Literal(literal) => vec![literal.0.to_ascii_lowercase()],
        HirKind::Class(Class::Bytes(class)) => {
            let count: usize = class.iter().map(|range| usize::from(range.end() - range.start()) + 1).sum();
            if count > 16 {
                return None;
            }
            class
                .iter()
                .flat_map(|range| range.start()..=range.end())
                .map(|byte| vec![byte.to_ascii_lowercase()])
                .collect()
        }
        HirKind::Capture(capture) => spellings(&capture.sub)?,
        HirKind::Alternation(subs) => subs.iter().map(spellings).collect::<Option<Vec<_>>>()?.concat(),
        HirKind::Concat(subs) => {
            let mut all = vec![Vec::new()];
            for sub in subs {
                all = joined(&all, &spellings(sub)?);
                if all.len() > SPELLINGS_MAX {
                    return None;
                }
            }
            all
        }
        HirKind::Repetition(repetition) if repetition.min == 0 && repetition.max == Some(1) => {
            [vec![Vec::new()], spellings(&repetition.sub)?].concat()
        }
        _ => return None,
    };
    let mut all = all;
    all.sort();
    all.dedup();
    (all.len() <= SPELLINGS_MAX).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::parse;

    #[test]
    fn a_keyword_is_seen_in_every_shape() {
        for (pattern, keyword, expected) in [
            ("acme_[a-z]{9}", "acme_", true),
            ("(?i)acme[ _-]?key", "acme", true),
            ("(?:ac|AC)me", "acme", true),
            ("(?:acme|corp)_x", "acme", false),
            ("(?:acme1|2acme)_x", "acme", true),
            ("(?:acme)?x", "acme", false),
            ("(?:acme){1,3}x", "acme", true),
            ("sk-(?:live|test)-", "sk-live", false),
            ("sk-(?:live)-", "sk-live", true),
            ("[a-z]{4}", "acme", false),
        ] {
            let hir = parse(pattern).expect("valid");
            assert_eq!(always_holds(&hir, &[keyword.to_owned()]), expected, "{pattern} {keyword}");
        }
    }
}
