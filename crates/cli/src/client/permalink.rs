//! Addresses at which a person can look at a place in a commit.
//!
//! Sources: GitHub documentation, "Getting permanent links to files"; GitLab documentation, "File management"; Bitbucket
//! Cloud, as its own pages link to lines.

use stanch_model::{Location, Provenance, Step};

/// A forge, by how it writes addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// GitHub, and GitHub Enterprise Server.
    Github,
    /// GitLab, also of one's own.
    Gitlab,
    /// Bitbucket Cloud.
    Bitbucket,
}

impl Site {
    /// The forge of an origin of this name, as far as its host tells.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let host = name.split('/').next()?;
        let is = |service: &str| host == service || host.split('.').next() == service.split('.').next();
        match host {
            "bitbucket.org" => Some(Self::Bitbucket),
            _ if is("github.com") => Some(Self::Github),
            _ if is("gitlab.com") => Some(Self::Gitlab),
            _ => None,
        }
    }
}

/// Where a person can look at a finding of the origin `name`; none where no commit is known or the forge is not. `checkout` is
/// the commit that the files of a tree are of.
pub(crate) fn permalink(
    (name, site): (&str, Option<Site>),
    (location, provenance): (&Location, &Provenance),
    checkout: Option<&str>,
) -> Option<String> {
    let site = site?;
    let steps = &provenance.0;
    let within = steps.iter().find_map(|step| match step {
        Step::Commit { id, .. } => Some(id.as_str()),
        _ => None,
    });
    let is_elsewhere = steps
        .iter()
        .any(|step| matches!(step, Step::Index | Step::Unreachable | Step::Stdin | Step::Object { .. }));
    let commit = within.or(checkout.filter(|_| !is_elsewhere))?;
    let is_text = steps.iter().any(|step| matches!(step, Step::Text { .. }));
    if is_text {
        let folder = match site {
            Site::Github => "commit",
            Site::Gitlab => "-/commit",
            Site::Bitbucket => "commits",
        };
        return within.map(|commit| format!("https://{name}/{folder}/{commit}"));
    }
    let (path, first, last) = (encoded(&location.path), location.line, location.end_line);
    let lines = |one: &str, to: &str| {
        if first == last { format!("#{one}{first}") } else { format!("#{one}{first}{to}{last}") }
    };
    Some(match site {
        Site::Github => format!("https://{name}/blob/{commit}/{path}{}", lines("L", "-L")),
        Site::Gitlab => format!("https://{name}/-/blob/{commit}/{path}{}", lines("L", "-")),
        Site::Bitbucket => format!("https://{name}/src/{commit}/{path}{}", lines("lines-", ":")),
    })
}

/// A path in a URL: RFC 3986, section 3.3.
fn encoded(path: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    path.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(line: usize, end_line: usize) -> Location {
        Location {
            path: "src/a b#.rs".to_owned(),
            line,
            column: 1,
            end_line,
            end_column: 2,
            byte_start: 0,
            byte_end: 1,
        }
    }

    fn commit() -> Step {
        Step::Commit { id: "abc".to_owned(), author: String::new(), time: String::new(), in_head: true }
    }

    #[test]
    fn each_forge_has_its_own_form() {
        let link = |name: &str, end| {
            permalink((name, Site::of(name)), (&location(12, end), &Provenance(vec![commit()])), None)
        };
        assert_eq!(
            link("github.com/acme/shop", 14).as_deref(),
            Some("https://github.com/acme/shop/blob/abc/src/a%20b%23.rs#L12-L14")
        );
        assert_eq!(
            link("gitlab.acme.net/a/b/c", 14).as_deref(),
            Some("https://gitlab.acme.net/a/b/c/-/blob/abc/src/a%20b%23.rs#L12-14")
        );
        assert_eq!(
            link("bitbucket.org/acme/shop", 12).as_deref(),
            Some("https://bitbucket.org/acme/shop/src/abc/src/a%20b%23.rs#lines-12")
        );
        assert_eq!(link("git.acme.net/a/b", 12), None);
    }

    #[test]
    fn what_is_in_no_commit_has_no_address() {
        let link = |steps: Vec<Step>, checkout| {
            permalink(("github.com/a/b", Some(Site::Github)), (&location(1, 1), &Provenance(steps)), checkout)
        };
        assert_eq!(link(vec![], None), None);
        assert!(link(vec![], Some("def")).is_some_and(|url| url.contains("/blob/def/")));
        assert_eq!(link(vec![Step::Index], Some("def")), None);
        let message = Step::Text { what: "commit-message".to_owned() };
        assert_eq!(
            link(vec![commit(), message.clone()], None).as_deref(),
            Some("https://github.com/a/b/commit/abc")
        );
        assert_eq!(link(vec![message], Some("def")), None);
    }
}
