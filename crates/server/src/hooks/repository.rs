//! A repository of a forge as an origin: called what `stanch scan` calls it.

use stanch_connectors::inbound::PushedRepository;
use stanch_model::{Origin, OriginKind};
use url::Url;

use crate::problem::Problem;

/// Longest name of an origin, in bytes.
const NAME_BYTES_MAX: usize = 4096;

/// The origin of a repository: `host/owner/repository` in lower case, by the address of its page.
pub(super) fn origin(repository: &PushedRepository) -> Result<Origin, Problem> {
    let url = Url::parse(&repository.url).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    let name = url.as_ref().and_then(name).ok_or_else(|| {
        Problem::malformed("the body is not what it should be: the address of the repository is none")
    })?;
    Ok(Origin {
        kind: OriginKind::Repository,
        name,
        public: repository.public,
        environment: None,
        url: Some(repository.url.clone()),
    })
}

fn name(url: &Url) -> Option<String> {
    let path = url.path().to_lowercase();
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let name = format!("{}/{path}", url.host_str()?.to_lowercase());
    (!path.is_empty() && name.len() <= NAME_BYTES_MAX).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(url: &str) -> Option<String> {
        let repository = PushedRepository {
            name: "Acme/Shop".to_owned(),
            url: url.to_owned(),
            clone_url: None,
            public: None,
            default_branch: None,
        };
        origin(&repository).ok().map(|origin| origin.name)
    }

    #[test]
    fn a_repository_is_called_what_a_scan_calls_it() {
        let name = Some("github.com/acme/shop".to_owned());
        assert_eq!(named("https://github.com/Acme/Shop"), name);
        assert_eq!(named("https://GitHub.com:443/acme/shop.git/"), name);
        assert_eq!(named("javascript:alert(1)"), None);
        assert_eq!(named("https://github.com/"), None);
        assert_eq!(named("shop"), None);
    }
}
