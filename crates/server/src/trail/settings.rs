//! `[trail]`: where the audit trail is shipped to.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use serde::Deserialize;

/// The size from which a file is put away and another begun, if nothing is said.
const FILE_BYTES: u64 = 100 << 20;

/// Where the audit trail is shipped to, beside the database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailSettings {
    /// A file of JSON lines, relative to the folder of `server.toml`.
    pub file: Option<PathBuf>,
    /// The size in bytes from which it is put away under its name and the number of its last entry; 100 MiB if nothing is said.
    pub file_bytes: Option<u64>,
    /// `udp://HOST:PORT`, `tcp://HOST:PORT` or `unix:/dev/log`.
    pub syslog: Option<SyslogTarget>,
}

impl TrailSettings {
    /// The same with the file found from this folder.
    #[must_use]
    pub(crate) fn beside(mut self, folder: &Path) -> Self {
        self.file = self.file.map(|file| folder.join(file));
        self
    }

    /// From which size on a file is put away.
    pub(crate) fn bytes(&self) -> u64 {
        self.file_bytes.unwrap_or(FILE_BYTES)
    }
}

/// Where syslog listens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum SyslogTarget {
    /// Datagrams; what is lost is lost (RFC 5426).
    Udp(String),
    /// A stream, each message with its length before it (RFC 6587, octet counting).
    Tcp(String),
    /// A socket of this machine.
    Unix(PathBuf),
}

/// A text that is no target of syslog.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected udp://HOST:PORT, tcp://HOST:PORT or unix:/PATH")]
pub struct SyslogTargetError;

impl FromStr for SyslogTarget {
    type Err = SyslogTargetError;

    fn from_str(text: &str) -> Result<Self, SyslogTargetError> {
        let host = |rest: &str| {
            let port = rest.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
            let is_right = port.is_some_and(|port| port.parse::<u16>().is_ok()) && !rest.contains(['/', '@']);
            is_right.then(|| rest.to_owned()).ok_or(SyslogTargetError)
        };
        if let Some(rest) = text.strip_prefix("udp://") {
            return host(rest).map(Self::Udp);
        }
        if let Some(rest) = text.strip_prefix("tcp://") {
            return host(rest).map(Self::Tcp);
        }
        let path = text.strip_prefix("unix:").filter(|path| path.starts_with('/'));
        path.map(|path| Self::Unix(path.into())).ok_or(SyslogTargetError)
    }
}

impl TryFrom<String> for SyslogTarget {
    type Error = SyslogTargetError;

    fn try_from(text: String) -> Result<Self, SyslogTargetError> {
        text.parse()
    }
}

impl fmt::Display for SyslogTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp(host) => write!(f, "udp://{host}"),
            Self::Tcp(host) => write!(f, "tcp://{host}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_strictly() {
        for text in ["udp://log.example:514", "tcp://[::1]:6514", "unix:/dev/log"] {
            assert_eq!(text.parse::<SyslogTarget>().expect("a target").to_string(), text);
        }
        for text in
            ["", "udp://log.example", "udp://:514", "udp://a:b@log:514", "tcp://log:99999", "unix:dev/log"]
        {
            assert_eq!(text.parse::<SyslogTarget>(), Err(SyslogTargetError), "{text}");
        }
    }
}
