//! The groups, repeats and classes of a pattern, and where they stand in its text.

use std::ops::Range;

use regex_syntax::ast::{self, Ast, ClassSetItem, GroupKind, RepetitionKind, RepetitionRange, Visitor};

/// What of a pattern is rewritten.
#[derive(Default)]
pub(crate) struct Outline {
    /// Its capture groups, in order.
    pub(crate) groups: Vec<Group>,
    /// Every choice that has a group in it, by its branches.
    pub(crate) choices: Vec<Vec<Branch>>,
    /// Repeats without an upper bound.
    pub(crate) repeats: Vec<Repeat>,
    /// Classes such as `\pL`, and whether they stand in brackets.
    pub(crate) classes: Vec<(Range<usize>, bool)>,
    /// Letters outside ASCII in brackets.
    pub(crate) letters: Vec<Range<usize>>,
}

/// A capture group.
pub(crate) struct Group {
    pub(crate) name: Option<String>,
    /// With its parentheses.
    pub(crate) span: Range<usize>,
    /// What its parenthesis opens with: `(`, `(?P<name>`.
    pub(crate) opening: Range<usize>,
}

/// One of several choices.
pub(crate) struct Branch {
    pub(crate) span: Range<usize>,
    /// The flags that it sets for what follows.
    pub(crate) flags: String,
}

/// A repeat without an upper bound.
pub(crate) struct Repeat {
    /// The operator.
    pub(crate) operator: Range<usize>,
    /// What is repeated.
    pub(crate) operand: Range<usize>,
    pub(crate) least: u32,
    pub(crate) greedy: bool,
}

impl Outline {
    /// The outline of a pattern.
    ///
    /// # Errors
    /// What is wrong with it and where, without the pattern.
    pub(crate) fn of(pattern: &str) -> Result<Self, String> {
        let parsed = ast::parse::Parser::new().parse(pattern).map_err(|error| {
            let start = error.span().start;
            format!("{}, at line {} column {}", error.kind(), start.line, start.column)
        })?;
        ast::visit(&parsed, Reader { pattern, outline: Self::default() })
    }

    /// Whether two groups stand in different branches of a choice, so that never both match.
    pub(crate) fn exclude(&self, a: usize, b: usize) -> bool {
        let branch_of = |choice: &[Branch], group: usize| {
            choice.iter().position(|branch| holds(&branch.span, &self.groups[group].span))
        };
        self.choices.iter().any(|choice| match (branch_of(choice, a), branch_of(choice, b)) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        })
    }
}

/// Whether `outer` holds all of `inner`.
pub(crate) fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

struct Reader<'p> {
    pattern: &'p str,
    outline: Outline,
}

/// The most capture groups.
const GROUPS_MAX: usize = 64;
/// The most branches of choices that have groups in them.
const BRANCHES_MAX: usize = 1024;

impl Visitor for Reader<'_> {
    type Output = Outline;
    type Err = String;

    fn finish(mut self) -> Result<Outline, String> {
        let groups = &self.outline.groups;
        self.outline.choices.retain(|choice| {
            choice.iter().any(|branch| groups.iter().any(|group| holds(&branch.span, &group.span)))
        });
        if self.outline.choices.iter().map(Vec::len).sum::<usize>() > BRANCHES_MAX {
            return Err(format!("more than {BRANCHES_MAX} choices with groups"));
        }
        Ok(self.outline)
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), String> {
        match ast {
            Ast::Group(group) => self.group(group)?,
            Ast::Alternation(alternation) => {
                let branch = |ast: &Ast| Branch { span: range(ast.span()), flags: self.flags_of(ast) };
                let choice = alternation.asts.iter().map(branch).collect();
                self.outline.choices.push(choice);
            }
            Ast::Repetition(repetition) => self.repeat(repetition),
            Ast::ClassUnicode(class) => self.outline.classes.push((range(&class.span), false)),
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), String> {
        match item {
            ClassSetItem::Unicode(class) => self.outline.classes.push((range(&class.span), true)),
            ClassSetItem::Literal(literal) if !literal.c.is_ascii() => {
                self.outline.letters.push(range(&literal.span));
            }
            ClassSetItem::Range(span) if !span.start.c.is_ascii() => {
                self.outline.letters.push(range(&span.span));
            }
            ClassSetItem::Range(span) if !span.end.c.is_ascii() => {
                self.outline.letters.push(range(&span.end.span));
            }
            _ => {}
        }
        Ok(())
    }
}

impl Reader<'_> {
    fn group(&mut self, group: &ast::Group) -> Result<(), String> {
        let name = match &group.kind {
            GroupKind::CaptureIndex(_) => None,
            GroupKind::CaptureName { name, .. } => Some(name),
            GroupKind::NonCapturing(_) => return Ok(()),
        };
        if self.outline.groups.len() >= GROUPS_MAX {
            return Err(format!("more than {GROUPS_MAX} groups"));
        }
        let span = range(&group.span);
        let opening = name.map_or(span.start + 1, |name| name.span.end.offset + 1);
        self.outline.groups.push(Group {
            name: name.map(|name| name.name.clone()),
            opening: span.start..opening,
            span,
        });
        Ok(())
    }

    fn repeat(&mut self, repetition: &ast::Repetition) {
        let least = match &repetition.op.kind {
            RepetitionKind::ZeroOrMore => 0,
            RepetitionKind::OneOrMore => 1,
            RepetitionKind::Range(RepetitionRange::AtLeast(least)) => *least,
            _ => return,
        };
        self.outline.repeats.push(Repeat {
            operator: range(&repetition.op.span),
            operand: range(repetition.ast.span()),
            least,
            greedy: repetition.greedy,
        });
    }

    /// The flags that a branch sets.
    fn flags_of(&self, ast: &Ast) -> String {
        let one = |ast: &Ast| match ast {
            Ast::Flags(flags) => self.pattern[range(&flags.span)].to_owned(),
            _ => String::new(),
        };
        match ast {
            Ast::Concat(concat) => concat.asts.iter().map(one).collect(),
            other => one(other),
        }
    }
}

fn range(span: &ast::Span) -> Range<usize> {
    span.start.offset..span.end.offset
}
