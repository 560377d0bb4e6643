//! The server that is asked, and how its answers are printed.

use std::io::{self, Write};

use anyhow::Context as _;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{Shape, screen, told::Told};
use crate::{
    client::{Api, Payload, random_id},
    policy::Status,
    printer::Printer,
};

/// The server that is asked, and how its answers are printed.
pub(super) struct Desk<'p> {
    pub(super) api: Api,
    pub(super) shape: Shape,
    pub(super) printer: &'p Printer,
}

/// How something is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Post,
    Put,
}

impl Desk<'_> {
    /// Changes something of an incident, and prints the incident as it is then.
    ///
    /// # Errors
    /// The server cannot be asked or refuses; it answers what cannot be read.
    pub(super) fn change(
        &self,
        method: Method,
        (incident, what): (u32, &str),
        body: &Json,
    ) -> anyhow::Result<Status> {
        let path = format!("/api/v1/incidents/{incident}");
        let (bytes, key) = (serde_json::to_vec(body)?, random_id()?);
        let payload = Payload { media_type: "application/json", bytes: &bytes, key: &key };
        let changed = format!("{path}/{what}");
        let answer: Json = match method {
            Method::Post => self.api.post(&changed, &payload)?,
            Method::Put => self.api.put(&changed, &payload)?,
        };
        // A note has no answer.
        let answer = if answer.is_null() { self.api.get(&path)? } else { answer };
        self.print(&answer, |incident: &Told, out| screen::standing(incident, out))
    }

    /// Prints an answer: to people as `screen` writes it, to programs as it is.
    ///
    /// # Errors
    /// It is not what such an answer should be, or cannot be printed.
    pub(super) fn print<T: DeserializeOwned>(
        &self,
        answer: &Json,
        screen: impl FnOnce(&T, &mut dyn Write) -> io::Result<()>,
    ) -> anyhow::Result<Status> {
        let read = T::deserialize(answer).context("the server answers what this Stanch cannot read")?;
        let print = |out: &mut dyn Write| match self.shape {
            Shape::Text => screen(&read, out),
            Shape::Json => {
                serde_json::to_writer_pretty(&mut *out, answer)?;
                out.write_all(b"\n")
            }
        };
        self.printer.print(print).context("standard output")?;
        Ok(Status::Clean)
    }
}
