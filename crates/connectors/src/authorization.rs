//! How a request shows a credential.

use data_encoding::BASE64;
use zeroize::Zeroizing;

use crate::Credential;

/// What stands in the header `Authorization`: <https://www.rfc-editor.org/rfc/rfc9110#section-11.6.2>.
pub(crate) struct Authorization {
    credential: Credential,
    header: Zeroizing<String>,
}

impl Authorization {
    /// The credential after the name of a scheme, such as `Bearer`.
    pub(crate) fn scheme(scheme: &str, credential: Credential) -> Self {
        let header = Zeroizing::new(format!("{scheme} {}", credential.expose()));
        Self { credential, header }
    }

    /// A user and the credential as a password: <https://www.rfc-editor.org/rfc/rfc7617>.
    pub(crate) fn basic(user: &str, credential: Credential) -> Self {
        let pair = Zeroizing::new(format!("{user}:{}", credential.expose()));
        let header = Zeroizing::new(format!("Basic {}", BASE64.encode(pair.as_bytes())));
        Self { credential, header }
    }

    /// The value of the header.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// What no error may tell: the credential, and what became of it.
    pub(crate) fn hidden(&self) -> [String; 2] {
        let shown = self.header.split(' ').next_back().unwrap_or_default();
        [self.credential.expose().to_owned(), shown.to_owned()]
    }
}
