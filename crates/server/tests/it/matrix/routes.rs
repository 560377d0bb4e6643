//! Every route there is: those of the API as its document tells them, the others as the code that makes them does.

use stanch_model::Fingerprinter;
use stanch_server::openapi;

/// Where routes are made that are not in the document of the API.
const SOURCES: [&str; 3] = [
    include_str!("../../../src/web/mod.rs"),
    include_str!("../../../src/auth/routes.rs"),
    include_str!("../../../src/router.rs"),
];
/// Methods as routes are made.
const METHODS: [(&str, &str); 5] =
    [("get(", "GET"), ("post(", "POST"), ("put(", "PUT"), ("patch(", "PATCH"), ("delete(", "DELETE")];
/// What nobody has to log in for.
const OPEN: [&str; 9] = [
    "/assets/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/login",
    "/setup/",
    "/hooks/",
    "/theme",
    "/api/v1/openapi.json",
];

/// What a route is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In the document of the API.
    Api,
    /// A page, or what a page sends.
    Page,
}

/// A route.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) kind: Kind,
    pub(super) method: String,
    pub(super) path: String,
}

/// Every route.
pub(super) fn routes() -> Vec<Route> {
    let document = serde_json::to_value(openapi()).expect("JSON");
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("methods").keys() {
            all.push(Route { kind: Kind::Api, method: method.to_uppercase(), path: path.clone() });
        }
    }
    for source in SOURCES {
        all.extend(made_in(source));
    }
    assert!(all.len() > 70, "the sources are read no more: {}", all.len());
    all
}

/// The routes that a source makes: `.route("/path", get(…).post(…))`.
fn made_in(source: &str) -> Vec<Route> {
    let mut made = Vec::new();
    for rest in source.split(".route(").skip(1) {
        let (path, rest) = if let Some(rest) = rest.strip_prefix('"') {
            rest.split_once('"').expect("the end of a path")
        } else {
            assert!(rest.starts_with("CALLBACK,"), "a path that is not written out: {}", &rest[..40]);
            ("/login/oidc/callback", rest)
        };
        let end = rest.find('\n').unwrap_or(rest.len());
        let methods = METHODS.iter().filter(|(call, _)| {
            rest[..end]
                .match_indices(call)
                .any(|(at, _)| !rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
        });
        for (_, method) in methods {
            made.push(Route { kind: Kind::Page, method: (*method).to_owned(), path: path.to_owned() });
        }
    }
    made
}

impl Route {
    /// Whether nobody has to log in for it.
    pub(super) fn is_open(&self) -> bool {
        OPEN.iter().any(|open| self.path.starts_with(open))
    }

    /// Whether it is of one leak or incident.
    pub(super) fn is_of_one_thing(&self) -> bool {
        ["/incidents/{id}", "/leaks/{id}", "/fingerprints/", "/messages/{id}"]
            .iter()
            .any(|part| self.path.contains(part))
    }

    /// The path with its parameters: of what is there; of what would be missed by those who ask next, one that is not.
    pub(super) fn target(&self, printer: &Fingerprinter) -> String {
        let id = if ["/tokens/", "/teams/", "/people/", "/sessions/"]
            .iter()
            .any(|part| self.path.contains(part))
        {
            "999"
        } else {
            "1"
        };
        let fingerprint = printer.seal(b"shop").fingerprint().to_string();
        self.path
            .replace("{id}", id)
            .replace("{task}", "1")
            .replace("{duty}", "commander")
            .replace("{fingerprint}", &fingerprint)
            .replace("{token}", &"a".repeat(52))
            .replace("{name}", "stanch.css")
    }

    /// A body that makes sense, so that not its form but who asks decides.
    pub(super) fn body(&self) -> (&'static str, String) {
        if self.method == "GET" {
            return ("text/plain", String::new());
        }
        if self.kind == Kind::Page {
            let fields = [
                "version=1",
                "step=acknowledge",
                "reason=because",
                "duty=commander",
                "holder=ada",
                "task=1",
                "done=on",
                "text=seen",
                "url=https%3A%2F%2Fx.example%2F",
                "leak=1",
                "leaks=1",
                "title=one",
                "other=2",
                "incident=1",
                "channel=on-call",
                "theme=dark",
            ];
            return ("application/x-www-form-urlencoded", fields.join("&"));
        }
        let body = match self.path.as_str() {
            "/api/v1/findings" | "/api/v1/gate-events" => return ("application/x-ndjson", String::new()),
            "/api/v1/inventory" => "[]",
            path if path.ends_with("/steps") => r#"{"step":"acknowledge"}"#,
            path if path.ends_with("/close") => {
                r#"{"revoked":[{"text":"a"}],"no_rotation":"b","proven":[{"text":"c"}]}"#
            }
            path if path.contains("/duties/") => r#"{"holder":"ada"}"#,
            path if path.ends_with("/notes") => r#"{"text":"seen"}"#,
            path if path.contains("/tasks/") => r#"{"done":true}"#,
            path if path.ends_with("/split") => r#"{"leaks":[1],"title":"one"}"#,
            path if path.ends_with("/merge") => r#"{"other":2}"#,
            path if path.ends_with("/allowances") => r#"{"why":"test-credential","reason":"a sandbox"}"#,
            path if path.ends_with("/end") => r#"{"reason":"not needed"}"#,
            "/api/v1/tokens" => r#"{"name":"ci","scopes":["read"]}"#,
            "/api/v1/people" => r#"{"login":"bob","name":"Bob","role":"viewer"}"#,
            path if path.starts_with("/api/v1/teams") => r#"{"name":"new","globs":[]}"#,
            _ => "{}",
        };
        ("application/json", body.to_owned())
    }
}
