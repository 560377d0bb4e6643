//! The text that Prometheus reads.
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>, text format 0.0.4.

use std::fmt::Write as _;

use stanch_store::Reading;

use super::family::Family;

/// What is sent with it.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A label and its value.
pub(super) type Label<'l> = (&'static str, &'l str);

/// A page of metrics. Samples of one family stand together.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// Begins a family; its samples follow.
    pub(super) fn family(&mut self, family: &Family) -> &mut Self {
        let Family { name, kind, help } = family;
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        self
    }

    /// A sample.
    pub(super) fn sample(&mut self, name: &str, labels: &[Label<'_>], value: f64) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            self.0.push(if index == 0 { '{' } else { ',' });
            let _ = write!(self.0, "{label}=\"");
            push_escaped(&mut self.0, text);
            self.0.push('"');
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }

    /// A family with one sample and no labels.
    pub(super) fn single(&mut self, family: &Family, value: f64) {
        self.family(family).sample(family.name, &[], value);
    }

    /// The samples of a histogram, whose values are in seconds.
    pub(super) fn histogram(&mut self, family: &Family, labels: &[Label<'_>], reading: &Reading) {
        let name = family.name;
        for (bound, count) in &reading.buckets {
            self.bucket(name, labels, &bound.to_string(), *count);
        }
        self.bucket(name, labels, "+Inf", reading.count);
        self.sample(&format!("{name}_sum"), labels, reading.sum);
        self.sample(&format!("{name}_count"), labels, reading.count as f64);
    }

    fn bucket(&mut self, name: &str, labels: &[Label<'_>], bound: &str, count: u64) {
        let labels = [labels, &[("le", bound)]].concat();
        self.sample(&format!("{name}_bucket"), &labels, count as f64);
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
}
