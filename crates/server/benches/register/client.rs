//! Who asks.

use ureq::{Agent, http::Response};

use crate::Result;

/// Pages for people.
pub(crate) const PAGES: &[&str] = &[
    "/on-call",
    "/executive",
    "/debug",
    "/incidents",
    "/incidents?state=active&sort=severity",
    "/incidents?q=rule-7",
    "/incidents/2500",
    "/leaks",
    "/leaks?severity=critical&state=open",
    "/leaks?q=rule-7",
    "/leaks/25000",
    "/search?q=acme%2Fr7",
    "/allowances",
    "/audit",
];

/// Lists for programs.
pub(crate) const LISTS: &[&str] = &[
    "/api/v1/incidents?active=true",
    "/api/v1/incidents?limit=500",
    "/api/v1/incidents/2500/events",
    "/api/v1/leaks",
    "/api/v1/leaks?limit=500&state=open",
    "/api/v1/leaks/25000/exposures",
    "/api/v1/origins",
    "/api/v1/measures",
];

/// A client of one server.
pub(crate) struct Client {
    url: String,
    agent: Agent,
}

/// What a browser has after somebody logged in.
pub(crate) struct Session(Vec<String>);

impl Client {
    pub(crate) fn new(url: String) -> Self {
        let config = Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
        Self { url, agent: config.into() }
    }

    /// Sets the first administrator up, and logs in.
    pub(crate) fn log_in(&self, setup: &str) -> Result<Session> {
        let path = setup.strip_prefix(&self.url).ok_or("the set-up link leads elsewhere")?;
        let mut session = Session(Vec::new());
        let password = "several plain words in a row";
        let csrf = self.form(&mut session, path)?;
        let fields = [
            ("csrf", csrf.as_str()),
            ("login", "ada"),
            ("name", "Ada"),
            ("new", password),
            ("again", password),
        ];
        self.send(&mut session, path, &fields)?;
        let csrf = self.form(&mut session, "/login")?;
        let fields = [("csrf", csrf.as_str()), ("login", "ada"), ("password", password), ("next", "/")];
        self.send(&mut session, "/login", &fields)?;
        Ok(session)
    }

    /// Reads a page to its end.
    pub(crate) fn page(&self, session: &Session, path: &str) -> Result<()> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("accept", "text/html");
        let mut answer = request.header("cookie", session.header()).call()?;
        done(path, answer.status().as_u16(), &answer.body_mut().read_to_string()?)
    }

    /// Reads a list to its end.
    pub(crate) fn list(&self, token: &str, path: &str) -> Result<()> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let mut answer = request.header("authorization", format!("Bearer {token}")).call()?;
        done(path, answer.status().as_u16(), &answer.body_mut().read_to_string()?)
    }

    /// Opens a page with a form; gives its token.
    fn form(&self, session: &mut Session, path: &str) -> Result<String> {
        let request = self.agent.get(format!("{}{path}", self.url)).header("accept", "text/html");
        let mut answer = request.header("cookie", session.header()).call()?;
        session.keep(&answer);
        let page = answer.body_mut().read_to_string()?;
        let (_, rest) = page.split_once("name=\"csrf\" value=\"").ok_or("a page without a form")?;
        Ok(rest.chars().take_while(|&c| c != '"').collect())
    }

    fn send(&self, session: &mut Session, path: &str, fields: &[(&str, &str)]) -> Result<()> {
        let request = self.agent.post(format!("{}{path}", self.url)).header("accept", "text/html");
        let request = request.header("origin", &self.url).header("cookie", session.header());
        let answer = request.send_form(fields.iter().copied())?;
        session.keep(&answer);
        if answer.status().as_u16() == 303 {
            Ok(())
        } else {
            Err(format!("{path}: {}", answer.status()).into())
        }
    }
}

fn done(path: &str, status: u16, body: &str) -> Result<()> {
    if status == 200 {
        Ok(())
    } else {
        Err(format!("{path}: {status}: {}", body.chars().take(300).collect::<String>()).into())
    }
}

impl Session {
    fn header(&self) -> String {
        self.0.join("; ")
    }

    fn keep<B>(&mut self, answer: &Response<B>) {
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
            let name = pair.split('=').next().unwrap_or_default();
            self.0.retain(|known| known.split('=').next() != Some(name));
            self.0.push(pair.to_owned());
        }
    }
}
