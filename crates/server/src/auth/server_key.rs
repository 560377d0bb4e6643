//! The key of this server, under which it keeps what it must be able to read again: secrets of second factors, logins that are half done.

use std::{fmt, fs, io, path::Path, path::PathBuf};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::secret_text::fill;

/// Bytes of the key and of each key made of it.
const KEY_BYTES: usize = 32;
/// Bytes of a nonce: long enough to be drawn at random for ever.
const NONCE_BYTES: usize = 24;
/// What a sealed text begins with.
const PREFIX: &str = "sealed1:";
/// Bytes of the file that are read.
const FILE_BYTES_MAX: u64 = 4096;

/// The key of this server. Servers that share a database share it.
pub struct ServerKey {
    cipher: XChaCha20Poly1305,
    names: Hmac<Sha256>,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum ServerKeyError {
    /// Its file cannot be read or made.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It has another form.
    #[error("the key of the server is not 64 hexadecimal digits")]
    Form,
    /// Others can read its file.
    #[error("{}: others can read the key of the server: chmod 600", path.display())]
    Open {
        /// The file.
        path: PathBuf,
    },
}

impl ServerKey {
    /// Reads the key from its file; makes one if there is no file.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or made, can be read by others, or holds no key.
    pub fn load_or_make(path: &Path) -> Result<Self, ServerKeyError> {
        let failed = |source| ServerKeyError::File { path: path.to_owned(), source };
        match make(path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        let file = fs::File::open(path).map_err(failed)?;
        if is_open(&file.metadata().map_err(failed)?) {
            return Err(ServerKeyError::Open { path: path.to_owned() });
        }
        let mut text = Zeroizing::new(String::new());
        io::Read::read_to_string(&mut io::Read::take(file, FILE_BYTES_MAX), &mut text).map_err(failed)?;
        Self::from_text(text.trim())
    }

    /// The key with this text: 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// If it has another form.
    pub fn from_text(text: &str) -> Result<Self, ServerKeyError> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| ServerKeyError::Form)?;
        let root: &[u8; KEY_BYTES] = bytes.as_slice().try_into().map_err(|_| ServerKeyError::Form)?;
        let root = keyed(root)?;
        let seal = Zeroizing::new(tag(&root, b"stanch seal"));
        let names = Zeroizing::new(tag(&root, b"stanch names"));
        let cipher = XChaCha20Poly1305::new_from_slice(seal.as_slice()).map_err(|_| ServerKeyError::Form)?;
        Ok(Self { cipher, names: keyed(&names)? })
    }

    /// Seals a text. It opens only under the same label, which says whose it is and what for.
    pub(crate) fn seal(&self, label: &str, text: &[u8]) -> String {
        let mut nonce = [0; NONCE_BYTES];
        fill(&mut nonce);
        let payload = Payload { msg: text, aad: label.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        let mut whole = nonce.to_vec();
        whole.extend(sealed);
        format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&whole))
    }

    /// What was sealed under this label; none if it was not, or under another key.
    pub(crate) fn open(&self, label: &str, sealed: &str) -> Option<Zeroizing<Vec<u8>>> {
        let whole = BASE64URL_NOPAD.decode(sealed.strip_prefix(PREFIX)?.as_bytes()).ok()?;
        let (nonce, sealed) = whole.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: label.as_bytes() };
        self.cipher.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }

    /// A key of the register for something typed by anybody: a name, which may be a password in the wrong field, or an address.
    pub(crate) fn name(&self, kind: &str, text: &str) -> String {
        let mac = self.names.clone().chain_update(kind).chain_update([0]).chain_update(text);
        format!("{kind}:{}", HEXLOWER.encode(&mac.finalize().into_bytes()[..16]))
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey(…)")
    }
}

fn keyed(key: &[u8; KEY_BYTES]) -> Result<Hmac<Sha256>, ServerKeyError> {
    Hmac::new_from_slice(key).map_err(|_| ServerKeyError::Form)
}

fn tag(root: &Hmac<Sha256>, label: &[u8]) -> [u8; KEY_BYTES] {
    root.clone().chain_update(label).finalize().into_bytes().into()
}

/// Makes the file with a new key, for its owner only. It appears whole, also if two servers make it at once.
fn make(path: &Path) -> io::Result<()> {
    if path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    fill(key.as_mut_slice());
    let text = Zeroizing::new(format!("{}\n", HEXLOWER.encode(key.as_slice())));
    let mut mark = [0; 8];
    fill(&mut mark);
    let draft = path.with_extension(format!("draft-{}", HEXLOWER.encode(&mark)));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    io::Write::write_all(&mut file, text.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    linked
}

#[cfg(unix)]
fn is_open(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_under_its_label_and_key_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("server.key");
        let key = ServerKey::load_or_make(&path).expect("a key");
        let again = ServerKey::load_or_make(&path).expect("the same key");
        let sealed = key.seal("totp 1", b"text");
        assert_ne!(sealed, key.seal("totp 1", b"text"), "a nonce of its own");
        assert_eq!(again.open("totp 1", &sealed).expect("opened").as_slice(), b"text");
        assert!(again.open("totp 2", &sealed).is_none());
        assert!(again.open("totp 1", &sealed[..sealed.len() - 2]).is_none());
        let other = ServerKey::load_or_make(&folder.path().join("other.key")).expect("a key");
        assert!(other.open("totp 1", &sealed).is_none());
        assert_eq!(key.name("login", "ada"), again.name("login", "ada"));
        assert_ne!(key.name("login", "ada"), other.name("login", "ada"));
        assert_ne!(key.name("login", "ada"), key.name("address", "ada"));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("server.key");
        ServerKey::load_or_make(&path).expect("a key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("changed");
        assert!(matches!(ServerKey::load_or_make(&path), Err(ServerKeyError::Open { .. })));
        assert!(matches!(ServerKey::from_text("abc"), Err(ServerKeyError::Form)));
    }
}
