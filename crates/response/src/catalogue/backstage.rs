//! Backstage's `catalog-info.yaml`.

use super::{CatalogueError, Service, yaml::Document, yaml::read};

/// Where entities say that their source is.
const ANNOTATIONS: &str = "annotations";

/// The entities that have an owner and a place.
pub(super) fn services(text: &str) -> Result<Vec<Service>, CatalogueError> {
    let documents = read(text)?;
    let services = documents.iter().filter_map(|document| service(document).transpose());
    services.collect()
}

/// The service of an entity; none where nobody owns it or nothing says where it stands.
fn service(document: &Document) -> Result<Option<Service>, CatalogueError> {
    let (Some((owner, line)), Some((origin, path))) = (document.text(&["spec", "owner"]), place(document))
    else {
        return Ok(None);
    };
    let Some((name, _)) = document.text(&["metadata", "name"]) else {
        return Err(CatalogueError { line: document.line, message: "metadata.name: is missing".to_owned() });
    };
    let identity = (name.to_owned(), owner.to_owned());
    let service =
        Service::new(identity, &escaped(&origin), path.map(|path| escaped(&path) + "/**").as_deref());
    service.map(Some).map_err(|message| CatalogueError { line, message })
}

/// The origin of an entity, and the folder in it where that is told.
fn place(document: &Document) -> Option<(String, Option<String>)> {
    let annotation =
        |name: &str| document.text(&["metadata", ANNOTATIONS, name]).map(|(text, _)| text.trim());
    let slug = |host: &str| {
        let slug = annotation(&format!("{host}/project-slug"))?;
        Some((format!("{host}/{}", slug.trim_matches('/')), None))
    };
    let located = annotation("backstage.io/source-location").and_then(location);
    located.or_else(|| slug("github.com")).or_else(|| slug("gitlab.com"))
}

/// `url:https://github.com/acme/shop/tree/main/checkout/`: the repository and the folder in it.
fn location(text: &str) -> Option<(String, Option<String>)> {
    let url = text.strip_prefix("url:").unwrap_or(text);
    let address = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    // A user may stand before the host, and that may be a token.
    let (host, path) = address.split_once('/')?;
    let host = host.rsplit('@').next()?;
    let markers = ["/-/tree/", "/-/blob/", "/tree/", "/blob/"];
    let cut = markers.iter().find_map(|marker| path.split_once(marker));
    let (repository, rest) = cut.map_or((path, None), |(repository, rest)| (repository, Some(rest)));
    // A branch stands first; one with a slash in it cannot be told from a folder.
    let folder = rest.and_then(|rest| rest.split_once('/')).map(|(_, folder)| folder.trim_matches('/'));
    let repository = repository.trim_matches('/').trim_end_matches(".git");
    let folder = folder.filter(|folder| !folder.is_empty()).map(str::to_owned);
    (!repository.is_empty()).then(|| (format!("{host}/{repository}"), folder))
}

/// A text as a glob that matches it alone.
fn escaped(text: &str) -> String {
    globset::escape(text)
}

#[cfg(test)]
mod tests {
    use super::super::Catalogue;

    const ENTITIES: &str = "apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: checkout
  tags: [java, payments]
  annotations:
    backstage.io/source-location: url:https://github.com/acme/shop/tree/main/checkout/
    github.com/project-slug: acme/elsewhere
spec:
  type: service
  owner: group:default/team-payments
---
kind: Component
metadata:
  name: site
  annotations: {github.com/project-slug: acme/site}
spec: {owner: team-web}
---
kind: Resource
metadata: {name: queue, annotations: {gitlab.com/project-slug: infra/queue}}
spec: {owner: team-infra}
---
kind: User
metadata: {name: ann}
spec: {memberOf: [team-web]}
";

    #[test]
    fn entities_with_owner_and_place_are_services() {
        let catalogue = Catalogue::parse_backstage(ENTITIES).expect("well-formed");
        let told = |origin, path| {
            let claims = catalogue.claims(origin, path);
            claims
                .iter()
                .map(|claim| format!("{} {} {}", claim.service, claim.owner, claim.by_path))
                .collect::<Vec<_>>()
        };
        assert_eq!(catalogue.len(), 3);
        assert_eq!(
            told("github.com/acme/shop", "checkout/src/a.java"),
            ["checkout group:default/team-payments true"]
        );
        assert!(told("github.com/acme/shop", "web/a.js").is_empty());
        assert_eq!(told("github.com/acme/site", "a"), ["site team-web false"]);
        assert_eq!(told("gitlab.com/infra/queue", "a"), ["queue team-infra false"]);
    }

    #[test]
    fn an_address_may_name_a_user_a_branch_and_a_host_of_ones_own() {
        let told = |url: &str| {
            super::location(url).map(|(origin, folder)| [origin, folder.unwrap_or_default()].join(" "))
        };
        assert_eq!(
            told("url:https://user@git.acme.example/a/b.git").as_deref(),
            Some("git.acme.example/a/b ")
        );
        assert_eq!(
            told("https://gitlab.com/g/s/p/-/tree/main/x/y/").as_deref(),
            Some("gitlab.com/g/s/p x/y")
        );
        assert_eq!(told("url:https://github.com/a/b/blob/main/").as_deref(), Some("github.com/a/b "));
        assert_eq!(told("file:./here"), None);
    }

    #[test]
    fn mistakes_name_line_and_field() {
        let wrong = |text: &str| Catalogue::parse_backstage(text).expect_err("a mistake").to_string();
        assert_eq!(wrong("a: [\n"), "2: not YAML");
        assert_eq!(wrong("a: &x 1\nb: *x\n"), "2: aliases are not read");
        assert_eq!(wrong(&ENTITIES.replace("  name: site\n", "")), "12: metadata.name: is missing");
        assert_eq!(
            wrong(&ENTITIES.replace("owner: team-web", "owner: ' '")),
            "17: owner: expected one line of 1 to 200 bytes"
        );
        assert!(wrong(&format!("{}x", "- ".repeat(1000))).contains("nested deeper"));
    }
}
