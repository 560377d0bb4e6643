//! JUnit XML, as CI servers read it: one test suite a target, one failing test case a finding.
//!
//! There is no standard; the elements and attributes are those that Jenkins, GitLab and Azure Pipelines document.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use stanch_model::{Finding, SkipReason, TargetCoverage};

use super::{Format, Report, part, place::Place, printable::Printable, summary::count};

/// JUnit XML.
pub(crate) struct Junit;

impl Format for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn doc(&self) -> &'static str {
        "JUnit XML, a failed test a finding: for CI servers"
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
        xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let targets = &report.coverage.targets;
        let failures = report.findings.len().to_string();
        let errors = targets.iter().filter(|target| target.error.is_some()).count().to_string();
        let time = format!("{:.3}", report.coverage.duration.as_secs_f64());
        let suites = xml.create_element("testsuites").with_attributes([
            ("name", "stanch"),
            ("failures", &failures),
            ("errors", &errors),
            ("time", &time),
        ]);
        suites.write_inner_content(|xml| {
            let mut rest = report.findings;
            for target in targets {
                let (own, others) = rest.split_at(target.findings.min(rest.len()));
                suite(xml, target, own, report)?;
                rest = others;
            }
            exceptions(xml, report)
        })?;
        out.write_all(b"\n")
    }
}

fn suite<W: Write>(
    xml: &mut Writer<W>,
    target: &TargetCoverage,
    findings: &[Finding],
    report: &Report<'_>,
) -> io::Result<()> {
    let name = Printable(&target.target).to_string();
    let gaps = usize::from(target.gaps > 0);
    let errors = usize::from(target.error.is_some());
    let passed = usize::from(findings.is_empty() && errors == 0);
    let number = |number: usize| number.to_string();
    let element = xml.create_element("testsuite").with_attributes([
        ("name", name.as_str()),
        ("tests", &number(findings.len() + gaps + errors + passed)),
        ("failures", &number(findings.len())),
        ("errors", &number(errors)),
        ("skipped", &number(gaps)),
        ("timestamp", &report.started.strftime("%Y-%m-%dT%H:%M:%S").to_string()),
    ]);
    element.write_inner_content(|xml| {
        findings.iter().try_for_each(|finding| failure(xml, finding))?;
        if let Some(error) = &target.error {
            case(xml, &format!("{name} was scanned to the end"), "error", &Printable(error).to_string())?;
        }
        if target.gaps > 0 {
            case(xml, &format!("everything in {name} was scanned"), "skipped", &gaps_of(target))?;
        }
        if passed == 1 {
            let attributes = [("classname", "stanch"), ("name", &format!("no secrets in {name}"))];
            xml.create_element("testcase").with_attributes(attributes).write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

/// What may stay: tests that nobody ran, so that a server counts them; one by one where they are to be listed.
fn exceptions<W: Write>(xml: &mut Writer<W>, report: &Report<'_>) -> io::Result<()> {
    let Some(tally) = report.exempt.tally() else { return Ok(()) };
    let listed = report.listed_exempt();
    let number = listed.len().max(1).to_string();
    let element = xml.create_element("testsuite").with_attributes([
        ("name", "exceptions"),
        ("tests", number.as_str()),
        ("failures", "0"),
        ("errors", "0"),
        ("skipped", number.as_str()),
    ]);
    element.write_inner_content(|xml| {
        if listed.is_empty() {
            return case(xml, "what may stay", "skipped", &tally);
        }
        listed.iter().try_for_each(|allowed| {
            let (place, at) = (Place::of(&allowed.finding), &allowed.finding.location);
            let position = format!("{}:{}:{}", Printable(&place.path), at.line, at.column);
            case(xml, &position, "skipped", &Printable(&allowed.grounds()).to_string())
        })
    })?;
    Ok(())
}

/// `3 items could not be scanned: 2 unreadable, 1 corrupt`.
fn gaps_of(target: &TargetCoverage) -> String {
    let mut reasons: BTreeMap<SkipReason, usize> = BTreeMap::new();
    for skip in target.skips.iter().filter(|skip| skip.reason.is_gap()) {
        *reasons.entry(skip.reason).or_default() += 1;
    }
    let reasons: Vec<_> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    format!("{} could not be scanned: {}", count(target.gaps, "item"), reasons.join(", "))
}

fn failure<W: Write>(xml: &mut Writer<W>, finding: &Finding) -> io::Result<()> {
    let (place, at) = (Place::of(finding), &finding.location);
    let path = Printable(&place.path).to_string();
    let position = format!("{path}:{}:{}", at.line, at.column);
    let line = at.line.to_string();
    let message = Printable(&format!("{}: {}", finding.rule.name, finding.preview())).to_string();
    let remark = place.remark().map(|remark| format!("{remark}\n")).unwrap_or_default();
    let parts = part::listed(finding).map(|parts| format!("with {parts}\n")).unwrap_or_default();
    let body = format!(
        "{position}\n{remark}{parts}fingerprint {}\nconfidence {}\n{}\n{}",
        finding.fingerprint(),
        finding.confidence,
        Printable(&finding.rule.description),
        place.situation.advice()
    );
    let attributes =
        [("classname", finding.rule.id.as_str()), ("name", &position), ("file", &path), ("line", &line)];
    xml.create_element("testcase").with_attributes(attributes).write_inner_content(|xml| {
        let attributes = [("type", finding.severity.as_str()), ("message", &message)];
        xml.create_element("failure")
            .with_attributes(attributes)
            .write_text_content(BytesText::new(&body))?;
        Ok(())
    })?;
    Ok(())
}

/// A test case that did not fail and did not pass: `outcome` is `error` or `skipped`.
fn case<W: Write>(xml: &mut Writer<W>, name: &str, outcome: &str, message: &str) -> io::Result<()> {
    let attributes = [("classname", "stanch"), ("name", name)];
    xml.create_element("testcase").with_attributes(attributes).write_inner_content(|xml| {
        xml.create_element(outcome).with_attribute(("message", message)).write_empty()?;
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;

    use super::*;
    use crate::report::sample;

    /// Every element of `xml` with its attributes, in document order.
    fn elements(xml: &str) -> Vec<(String, BTreeMap<String, String>)> {
        let mut reader = Reader::from_str(xml);
        let mut elements = Vec::new();
        loop {
            match reader.read_event().expect("well-formed XML") {
                Event::Eof => return elements,
                Event::Start(tag) | Event::Empty(tag) => {
                    let attributes = tag.attributes().map(|attribute| {
                        let attribute = attribute.expect("an attribute");
                        let value = quick_xml::escape::unescape(&attribute.value).expect("escaped");
                        (attribute.key.as_ref().to_owned(), value.into_owned())
                    });
                    elements.push((tag.name().as_ref().to_owned(), attributes.collect()));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn one_failed_case_a_finding_and_one_suite_a_target() {
        let sample = sample::findings();
        let elements = elements(&sample.render(&Junit));
        let count = |name: &str| elements.iter().filter(|(element, _)| element == name).count();
        assert_eq!(count("testsuite"), sample.coverage.targets.len());
        let failures: Vec<_> = elements.iter().filter_map(|(_, suite)| suite.get("failures")).collect();
        assert_eq!(failures, ["8", "3", "4", "1"], "all, then a target each");
        assert_eq!(count("failure"), sample.findings.len());
        for (_, suite) in elements.iter().filter(|(name, _)| name == "testsuite") {
            assert!(suite.contains_key("tests") && suite.contains_key("failures"), "{suite:?}");
        }
        let total: usize = elements
            .iter()
            .filter(|(name, _)| name == "testsuite")
            .map(|(_, suite)| suite["tests"].parse::<usize>().expect("a number"))
            .sum();
        assert_eq!(total, count("testcase"));
    }

    #[test]
    fn hostile_names_come_back_as_they_were_shown() {
        let sample = sample::hostile();
        let elements = elements(&sample.render(&Junit));
        let files: Vec<_> = elements.iter().filter_map(|(_, attributes)| attributes.get("file")).collect();
        let shown: Vec<_> =
            sample.findings.iter().map(|finding| Printable(&finding.location.path).to_string()).collect();
        assert_eq!(files, shown.iter().collect::<Vec<_>>());
    }
}
