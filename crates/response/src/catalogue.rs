//! A service catalogue: which team runs what, and where it stands. Either a file of our own or Backstage's `catalog-info.yaml`.
//!
//! ```
//! use stanch_response::catalogue::Catalogue;
//!
//! let text = "[[service]]\nname = 'checkout'\nowner = 'team-payments'\norigin = 'github.com/acme/shop'\npath = 'checkout/**'\n";
//! let catalogue = Catalogue::parse(text)?;
//! assert_eq!(catalogue.claims("github.com/acme/shop", "checkout/main.py")[0].owner, "team-payments");
//! # Ok::<(), stanch_response::catalogue::CatalogueError>(())
//! ```

mod backstage;
mod yaml;

use globset::{GlobBuilder, GlobMatcher};
use serde::Deserialize;
use stanch_engine::mistake_in;
use toml::Spanned;

/// Largest file, in bytes.
const BYTES_MAX: usize = 8 << 20;
/// Most services.
const SERVICES_MAX: usize = 10_000;
/// Longest name, owner or glob, in bytes.
const TEXT_BYTES_MAX: usize = 200;
/// Most claims to a place.
const CLAIMS_MAX: usize = 20;

/// Services with their owners and places.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    services: Vec<Service>,
}

/// What is wrong with the text of a catalogue; no value of it is quoted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{line}: {message}")]
pub struct CatalogueError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, naming the field.
    pub message: String,
}

/// What a catalogue says of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim<'c> {
    /// Who answers for it.
    pub owner: &'c str,
    /// The service that stands there.
    pub service: &'c str,
    /// Whether it is about the path and not about the whole origin.
    pub by_path: bool,
}

#[derive(Clone, Debug)]
struct Service {
    name: String,
    owner: String,
    origin: GlobMatcher,
    /// None for all of the origin.
    path: Option<GlobMatcher>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    service: Vec<Spanned<WrittenService>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenService {
    name: String,
    owner: String,
    origin: String,
    path: Option<String>,
}

impl Catalogue {
    /// Reads a catalogue of our own: `[[service]]` with `name`, `owner`, `origin` and perhaps `path`, the last two globs.
    ///
    /// # Errors
    /// The first mistake, by line and field.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        check_size(text)?;
        let written: Written = toml::from_str(text).map_err(|error| {
            let (line, message) = mistake_in(text, &error);
            CatalogueError { line, message }
        })?;
        let services = written.service.into_iter().map(|service| {
            let line = 1 + text[..service.span().start].matches('\n').count();
            let WrittenService { name, owner, origin, path } = service.into_inner();
            Service::new((name, owner), &origin, path.as_deref())
                .map_err(|message| CatalogueError { line, message })
        });
        Self::of(services.collect::<Result<_, _>>()?)
    }

    /// Reads the entities of Backstage that have an owner and a place: `spec.owner`, and the annotations
    /// `backstage.io/source-location`, `github.com/project-slug`, `gitlab.com/project-slug`.
    /// Source: <https://backstage.io/docs/features/software-catalog/descriptor-format>, and `well-known-annotations` there.
    ///
    /// # Errors
    /// The first mistake, by line and field.
    pub fn parse_backstage(text: &str) -> Result<Self, CatalogueError> {
        check_size(text)?;
        Self::of(backstage::services(text)?)
    }

    /// These services and those of another catalogue.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.services.extend(other.services);
        self
    }

    /// How many services it has.
    pub fn len(&self) -> usize {
        self.services.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
    }

    /// Who claims a place, those that name its path first, each in the order of the file.
    pub fn claims(&self, origin: &str, path: &str) -> Vec<Claim<'_>> {
        let stands = |service: &&Service| {
            service.origin.is_match(origin) && service.path.as_ref().is_none_or(|glob| glob.is_match(path))
        };
        let mut claims: Vec<_> = self.services.iter().filter(stands).map(Service::claim).collect();
        claims.sort_by_key(|claim| !claim.by_path);
        claims.truncate(CLAIMS_MAX);
        claims
    }

    fn of(services: Vec<Service>) -> Result<Self, CatalogueError> {
        if services.len() > SERVICES_MAX {
            return Err(CatalogueError { line: 1, message: format!("more than {SERVICES_MAX} services") });
        }
        Ok(Self { services })
    }
}

impl Service {
    fn claim(&self) -> Claim<'_> {
        Claim { owner: &self.owner, service: &self.name, by_path: self.path.is_some() }
    }

    fn new((name, owner): (String, String), origin: &str, path: Option<&str>) -> Result<Self, String> {
        for (field, text) in [("name", name.as_str()), ("owner", owner.as_str())] {
            if text.trim().is_empty() || text.len() > TEXT_BYTES_MAX || text.chars().any(char::is_control) {
                return Err(format!("{field}: expected one line of 1 to {TEXT_BYTES_MAX} bytes"));
            }
        }
        let path = path.map(|path| glob("path", path)).transpose()?;
        Ok(Self { name, owner, origin: glob("origin", origin)?, path })
    }
}

fn glob(field: &str, text: &str) -> Result<GlobMatcher, String> {
    if text.is_empty() || text.len() > TEXT_BYTES_MAX {
        return Err(format!("{field}: expected a glob of 1 to {TEXT_BYTES_MAX} bytes"));
    }
    let glob = GlobBuilder::new(text).literal_separator(true).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|_| format!("{field}: not a glob"))
}

fn check_size(text: &str) -> Result<(), CatalogueError> {
    if text.len() > BYTES_MAX {
        return Err(CatalogueError { line: 1, message: format!("is larger than {BYTES_MAX} bytes") });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OWN: &str = "[[service]]\nname = 'shop'\nowner = 'team-web'\norigin = 'github.com/acme/shop'\n\n[[service]]\nname = 'checkout'\nowner = 'team-payments'\norigin = 'github.com/acme/*'\npath = 'checkout/**'\n";

    fn told(catalogue: &Catalogue, origin: &str, path: &str) -> Vec<String> {
        catalogue
            .claims(origin, path)
            .iter()
            .map(|claim| format!("{} {}", claim.service, claim.owner))
            .collect()
    }

    #[test]
    fn who_names_the_path_comes_first() {
        let catalogue = Catalogue::parse(OWN).expect("well-formed");
        assert_eq!(
            told(&catalogue, "github.com/acme/shop", "checkout/a.py"),
            ["checkout team-payments", "shop team-web"]
        );
        assert_eq!(told(&catalogue, "github.com/acme/shop", "web/a.py"), ["shop team-web"]);
        assert!(told(&catalogue, "github.com/acme/deep/shop", "web/a.py").is_empty());
        assert_eq!((catalogue.len(), catalogue.is_empty()), (2, false));
    }

    #[test]
    fn mistakes_name_line_and_field_and_no_value() {
        for (right, wrong, expected) in [
            ("owner = 'team-web'\n", "", "1: missing field `owner`"),
            ("team-web", " ", "1: owner: expected one line"),
            ("checkout/**", "a[", "6: path: not a glob"),
            ("path = ", "paht = ", "10: paht: unknown field `paht`"),
            ("'shop'", "7", "2: name: invalid type: integer"),
        ] {
            let error = Catalogue::parse(&OWN.replace(right, wrong)).expect_err("a mistake").to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(Catalogue::parse(&"#".repeat(BYTES_MAX + 1)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[ -~\n]{0,200}") {
            let _ = (Catalogue::parse(&text), Catalogue::parse_backstage(&text));
        }
    }
}
