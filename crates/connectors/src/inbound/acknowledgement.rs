//! Somebody acted on an incident elsewhere.

use jiff::Timestamp;

/// Somebody acted on an incident elsewhere, where we had told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Which incident.
    pub concerning: Concerning,
    /// What was done.
    pub what: Acknowledged,
    /// Who did it, as the other service names them; the name of the service where it names nobody.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// What the service calls this event, to know it again; not all do.
    pub id: Option<String>,
}

/// Which incident somebody acted on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Concerning {
    /// The one whose alerts have this key.
    Key(String),
    /// The one with this number.
    Number(i64),
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Acknowledged {
    /// It was taken on.
    Acknowledge,
    /// It was declared over. Whether that is so, the register decides.
    Resolve,
}
