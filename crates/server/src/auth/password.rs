//! Passwords: argon2id.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use serde::Deserialize;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::SecretText;

/// Characters of the shortest password.
pub(crate) const CHARS_MIN: usize = 12;
/// Bytes of the longest: more would only cost time.
const BYTES_MAX: usize = 1024;
/// Passwords that are hashed at once; each takes the memory of [`PasswordCost`].
const AT_ONCE: usize = 4;

/// What hashing a password costs who guesses, and this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

/// What OWASP's cheat sheet on the storage of passwords asks for at least.
impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

/// Why a password is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It is too short.
    #[error("the password needs at least {CHARS_MIN} characters")]
    Short,
    /// It is too long.
    #[error("the password has more than {BYTES_MAX} bytes")]
    Long,
    /// Anybody would try it.
    #[error("the password is too easy: it repeats a few characters or holds the name of the account")]
    Easy,
    /// It was written in two ways.
    #[error("the two passwords differ")]
    Differ,
}

/// Hashes and verifies passwords.
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    /// The hash of what nobody knows, for names that nobody has: both take the same time.
    nobody: String,
    turns: Semaphore,
    verified: AtomicU64,
}

/// Hashing failed: a defect, or too little memory.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("passwords cannot be hashed: auth.password_cost is out of range, or memory is")]
pub struct HashError;

impl Passwords {
    pub(crate) fn new(cost: PasswordCost) -> Result<Self, HashError> {
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|_| HashError)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash_with(&argon2, SecretText::random().expose())?;
        Ok(Self { argon2, nobody, turns: Semaphore::new(AT_ONCE), verified: AtomicU64::new(0) })
    }

    /// A turn to hash or verify, which bounds memory.
    pub(crate) async fn turn(self: &Arc<Self>) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// The hash of a password. Takes a while; blocks.
    pub(crate) fn hash(&self, password: &str) -> Result<String, HashError> {
        hash_with(&self.argon2, password)
    }

    /// Whether this is the password with that hash. Takes as long where there is none. Blocks.
    pub(crate) fn is_right(&self, password: &str, hash: Option<&str>) -> bool {
        self.verified.fetch_add(1, Ordering::Relaxed);
        let cut = if password.len() > BYTES_MAX { "" } else { password };
        let Ok(parsed) = PasswordHash::new(hash.unwrap_or(&self.nobody)) else { return false };
        let is_right = self.argon2.verify_password(cut.as_bytes(), &parsed).is_ok();
        is_right && hash.is_some() && !cut.is_empty()
    }

    /// How often a password was verified.
    pub(crate) fn verified(&self) -> u64 {
        self.verified.load(Ordering::Relaxed)
    }
}

fn hash_with(argon2: &Argon2<'_>, password: &str) -> Result<String, HashError> {
    Ok(argon2.hash_password(password.as_bytes()).map_err(|_| HashError)?.to_string())
}

/// Whether a new password, typed twice, will do for an account.
pub(crate) fn check(password: &str, again: &str, login: &str) -> Result<(), PasswordError> {
    if password != again {
        return Err(PasswordError::Differ);
    }
    if password.chars().count() < CHARS_MIN {
        return Err(PasswordError::Short);
    }
    if password.len() > BYTES_MAX {
        return Err(PasswordError::Long);
    }
    let mut characters: Vec<char> = password.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    let name = login.split('@').next().unwrap_or(login);
    if characters.len() < 5 || (name.len() > 3 && password.to_lowercase().contains(name)) {
        return Err(PasswordError::Easy);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_password_is_told_from_a_wrong_one_and_from_nobody() {
        let passwords = Passwords::new(PasswordCost { memory_kib: 8, passes: 1 }).expect("a cost");
        let right = SecretText::random();
        let hash = passwords.hash(right.expose()).expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "the form of PHC");
        assert!(passwords.is_right(right.expose(), Some(&hash)));
        assert!(!passwords.is_right("another one", Some(&hash)));
        assert!(!passwords.is_right(right.expose(), None));
        assert!(!passwords.is_right("", Some(&passwords.hash("").expect("hashed"))), "an empty one is none");
        assert_eq!(passwords.verified(), 4);
    }

    #[test]
    fn easy_passwords_are_refused() {
        let check = |text: &str| check(text, text, "katherine@acme.example");
        assert_eq!(check(&"ab".repeat(5)), Err(PasswordError::Short));
        assert_eq!(check(&"ab".repeat(9)), Err(PasswordError::Easy));
        assert_eq!(check(&["Katherine", " and some more"].concat()), Err(PasswordError::Easy));
        assert_eq!(check(&"abcdefg".repeat(200)), Err(PasswordError::Long));
        assert_eq!(check(&["four plain words ", "in a row"].concat()), Ok(()));
        assert_eq!(super::check("one", "two", "x"), Err(PasswordError::Differ));
    }
}
