//! Mail, over SMTP.

use std::{
    fmt::Write as _,
    time::{Duration, SystemTime},
};

use data_encoding::HEXLOWER;
use lettre::{
    Message, SmtpTransport, Transport,
    message::{Mailbox, MultiPart, SinglePart},
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
    },
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{
    Alert, AlertKind, Channel, ChannelKind, Context, Credential, CredentialSource, DeliveryError, OpenError,
    Receipt,
    address::is_this_machine,
    http::told,
    wording::{Room, Words},
};

/// Sends mail, as plain text and HTML.
///
/// All mail of an incident answers one that there is not, whose identifier is made of the key of the alert: so programs show it as
/// one thread (<https://www.rfc-editor.org/rfc/rfc5256#section-3>). The `Message-ID` is made of that of the alert, so that
/// a repeated one is known as such.
pub(crate) struct Email;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    host: String,
    port: Option<u16>,
    #[serde(default)]
    security: Security,
    from: String,
    to: Vec<String>,
    user: Option<String>,
    password: Option<CredentialSource>,
}

/// How a connection is kept from others.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Security {
    /// Begins in the clear and goes on with TLS, or not at all: <https://www.rfc-editor.org/rfc/rfc3207>.
    #[default]
    Starttls,
    /// TLS from the start: <https://www.rfc-editor.org/rfc/rfc8314#section-3>.
    Tls,
    /// None; to this machine only.
    None,
}

/// How many people one alert may be sent to.
const TO_MAX: usize = 50;

const ROOM: Room = Room { facts_max: 50, value_max: 500 };

impl ChannelKind for Email {
    type Config = Config;
    const NAME: &'static str = "email";
    const DOC: &'static str = "mail, over SMTP";
    const EXAMPLE: &'static str = "host = \"smtp.example.com\"\nfrom = \"Stanch <stanch@example.com>\"\n\
                                   to = [\"security@example.com\"]\nuser = \"stanch\"\npassword_env = \"SMTP_PASSWORD\"\n";
    const CREDENTIALS: &'static [&'static str] = &["password"];

    fn open(&self, config: Config, context: &Context) -> Result<Box<dyn Channel>, OpenError> {
        let password = context.optional("password", config.password.as_ref())?;
        let from = mailbox(&config.from, "from")?;
        let to = config.to.iter().map(|each| mailbox(each, "to")).collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() || to.len() > TO_MAX {
            return Err(OpenError::Config(format!("to: 1 to {TO_MAX} addresses")));
        }
        let (tls, port) = security(&config, context)?;
        let mut builder = SmtpTransport::builder_dangerous(&config.host)
            .tls(tls)
            .port(config.port.unwrap_or(port))
            .timeout(Some(context.http.timeout()));
        builder = match (config.user, &password) {
            (None, None) => builder,
            (Some(user), Some(password)) => {
                builder.credentials(Credentials::new(user, password.expose().to_owned()))
            }
            _ => return Err(OpenError::Config("user and a password belong together".to_owned())),
        };
        Ok(Box::new(Mailer { host: config.host, transport: builder.build(), from, to, password }))
    }
}

fn mailbox(text: &str, field: &str) -> Result<Mailbox, OpenError> {
    text.parse().map_err(|_| OpenError::Config(format!("{field}: not an address such as Name <name@host>")))
}

/// What TLS to use, and the usual port with it.
fn security(config: &Config, context: &Context) -> Result<(Tls, u16), OpenError> {
    let parameters = || {
        let mut builder = TlsParameters::builder(config.host.clone());
        if let Some(path) = context.http.ca_certificates() {
            let pem = std::fs::read(path).ok().and_then(|pem| Certificate::from_pem(&pem).ok());
            let certificate = pem.ok_or_else(no_tls)?;
            builder = builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
        }
        builder.build().map_err(|_| no_tls())
    };
    Ok(match config.security {
        Security::Starttls => (Tls::Required(parameters()?), 587),
        Security::Tls => (Tls::Wrapper(parameters()?), 465),
        Security::None if is_this_machine(&config.host) => (Tls::None, 25),
        Security::None => {
            return Err(OpenError::Config(
                "security: mail goes with TLS only, or to this machine".to_owned(),
            ));
        }
    })
}

fn no_tls() -> OpenError {
    OpenError::Config("host: no TLS is possible with this name and these certificates".to_owned())
}

struct Mailer {
    host: String,
    transport: SmtpTransport,
    from: Mailbox,
    to: Vec<Mailbox>,
    password: Option<Credential>,
}

impl Channel for Mailer {
    fn deliver(&self, alert: &Alert) -> Result<Receipt, DeliveryError> {
        let message = message(alert, &self.from, &self.to).map_err(|_| {
            DeliveryError::refused("the alert is no mail: an address of the channel is wrong")
        })?;
        self.transport.send(&message).map_err(|error| self.failed(&error))?;
        Ok(Receipt { reference: Some(message_id(&alert.id, self.from.email.domain())), url: None })
    }
}

impl Mailer {
    fn failed(&self, error: &lettre::transport::smtp::Error) -> DeliveryError {
        let host = &self.host;
        let hidden: Vec<_> = self.password.iter().map(|password| password.expose().to_owned()).collect();
        let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        if let Some(code) = error.status() {
            let reason = format!("{host} answered {code}{}", told(source.as_bytes(), &hidden));
            return if error.is_permanent() {
                DeliveryError::refused(reason)
            } else {
                DeliveryError::retry(reason)
            };
        }
        if error.is_timeout() {
            return DeliveryError::retry(format!("{host}: no answer in time"));
        }
        if error.is_tls() {
            return DeliveryError::retry(format!("{host}: no trusted connection"));
        }
        if error.is_response() {
            return DeliveryError::retry(format!("{host}: the answer is not SMTP"));
        }
        DeliveryError::retry(format!("{host}: the connection failed"))
    }
}

fn message(alert: &Alert, from: &Mailbox, to: &[Mailbox]) -> Result<Message, lettre::error::Error> {
    let words = Words::of(alert, ROOM);
    let domain = from.email.domain();
    let thread = message_id(&alert.key, domain);
    let mut builder = Message::builder()
        .from(from.clone())
        .date(moment(alert))
        .message_id(Some(message_id(&alert.id, domain)))
        .in_reply_to(thread.clone())
        .references(thread)
        .subject(subject(alert, &words));
    for each in to {
        builder = builder.to(each.clone());
    }
    // The boundary is made of the message, so that the same alert is the same mail.
    let parts = MultiPart::alternative().boundary(format!("stanch-{}", hash(&alert.id)));
    let parts = parts.singlepart(SinglePart::plain(plain(&words))).singlepart(SinglePart::html(html(&words)));
    builder.multipart(parts)
}

/// The same for all mail of an incident, because some programs put only that into one thread.
fn subject(alert: &Alert, words: &Words) -> String {
    let answers = if alert.kind == AlertKind::Trigger { "" } else { "Re: " };
    format!("{answers}[Stanch] {}", words.headline)
}

fn moment(alert: &Alert) -> SystemTime {
    let seconds = u64::try_from(alert.at.as_second()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

/// An identifier (<https://www.rfc-editor.org/rfc/rfc5322#section-3.6.4>) made of a text of ours.
fn message_id(text: &str, domain: &str) -> String {
    format!("<stanch.{}@{domain}>", hash(text))
}

fn hash(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text)[..16])
}

fn plain(words: &Words) -> String {
    let mut text = format!("{}\n{}\n\n{}\n", words.headline, words.status, words.summary);
    for (name, value) in &words.facts {
        let _ = write!(text, "\n{name}: {value}");
    }
    if !words.link.is_empty() {
        let _ = write!(text, "\n\n{}\n", words.link);
    }
    text
}

fn html(words: &Words) -> String {
    let mut rows = String::new();
    for (name, value) in &words.facts {
        let _ = writeln!(
            rows,
            "<tr><th align=\"left\" valign=\"top\">{}</th><td>{}</td></tr>",
            escape(name),
            escape(value)
        );
    }
    let link = if words.link.is_empty() {
        String::new()
    } else {
        format!("<p><a href=\"{}\">Open the incident</a></p>\n", escape(&words.link))
    };
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title></head>\n<body>\n\
         <h1 style=\"font-size:1.2em\">{0}</h1>\n<p>{1}</p>\n<p>{2}</p>\n<table cellpadding=\"4\">\n{rows}</table>\n\
         {link}</body></html>\n",
        escape(&words.headline),
        escape(&words.status),
        escape(&words.summary)
    )
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(char),
        }
    }
    escaped
}
