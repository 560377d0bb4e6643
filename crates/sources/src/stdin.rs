//! Standard input.

use std::{
    io::{self, Read},
    sync::OnceLock,
};

use serde::Deserialize;
use stanch_model::{Provenance, Step};

use crate::{Crew, OpenError, Origin, Source, SourceError, SourceFactory};

/// Scans standard input, of any length, in bounded memory.
pub(crate) struct Stdin;

/// Standard input has no settings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {}

impl SourceFactory for Stdin {
    type Config = Config;
    const NAME: &'static str = "stdin";
    const DOC: &'static str = "standard input, as one stream of bytes";
    const EXAMPLE: &'static str = "-";

    fn open(&self, _rest: &str, _config: Config) -> Result<Box<dyn Source>, OpenError> {
        Ok(Box::new(Self))
    }
}

impl Source for Stdin {
    fn scan(&self, crew: &Crew<'_>) -> Result<(), SourceError> {
        scan_stream(io::stdin(), crew)
    }
}

fn scan_stream(stream: impl Read + Send, crew: &Crew<'_>) -> Result<(), SourceError> {
    let failure = OnceLock::new();
    crew.run([stream].into_iter(), |stream, worker| {
        let origin = || Origin { path: "-".to_owned(), provenance: Provenance(vec![Step::Stdin]) };
        if let Err(error) = worker.scan_stream(stream, None, origin) {
            failure.get_or_init(|| SourceError { item: "-".to_owned(), reason: error.to_string() });
        }
    });
    failure.into_inner().map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, Pieces};

    #[test]
    fn what_came_before_a_failure_is_reported_with_it() {
        let text = format!("a\nb {} c\n", fixture::secret(1));
        let broken = Pieces::new(vec![Ok(text.clone().into_bytes()), Err(io::Error::other("torn cable"))]);
        let (result, outcome) = fixture::outcome(|crew| scan_stream(broken, crew));
        assert_eq!(result.expect_err("broken").to_string(), "-: torn cable");
        assert_eq!(outcome.coverage.bytes, text.len() as u64);
        let place = &outcome.findings[0].location;
        assert_eq!((place.path.as_str(), place.line, place.column), ("-", 2, 3));
    }

    #[test]
    fn nothing_is_nothing() {
        let (result, outcome) = fixture::outcome(|crew| scan_stream(io::empty(), crew));
        assert!(result.is_ok() && outcome.findings.is_empty());
        assert_eq!((outcome.coverage.blobs, outcome.coverage.bytes), (1, 0));
    }
}
