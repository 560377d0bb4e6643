//! Files of other scanners as their callers see them: text in, rules or findings out.

mod ignores;
mod project;
mod reports;
mod rules;
