//! Keystores of Bouncy Castle.

use super::{Check, Verdict};

/// The value is a BKS keystore that holds a key: version, salt, iterations, then entries, each with alias, date and chain of
/// certificates. A store of trusted certificates only fails. What is cut off counts as soon as a key was seen.
/// Source: `BcKeyStoreSpi.java`, `engineLoad` and `loadStore`,
/// <https://github.com/bcgit/bc-java/blob/main/prov/src/main/java/org/bouncycastle/jcajce/provider/keystore/bc/BcKeyStoreSpi.java>.
pub(super) struct BksKeystore;

/// What an entry is.
const CERTIFICATE: u8 = 1;
const KEY: u8 = 2;
const SECRET: u8 = 3;
const SEALED: u8 = 4;

/// Bytes of the salt, and of the HMAC with SHA-1 that ends the store.
const SALT_BYTES: u32 = 20;
const MAC_BYTES: usize = 20;
/// Entries and certificates of a chain that are walked through.
const ENTRIES_MAX: usize = 64;
const CHAIN_MAX: u32 = 16;

impl Check for BksKeystore {
    fn name(&self) -> &'static str {
        "bks-keystore"
    }

    fn doc(&self) -> &'static str {
        "a Bouncy Castle keystore that holds a key: \
         https://github.com/bcgit/bc-java/tree/main/prov/src/main/java/org/bouncycastle/jcajce/provider/keystore/bc"
    }

    fn test(&self, secret: &[u8]) -> Verdict {
        if walk(secret).keys > 0 { Verdict::Passed } else { Verdict::Failed }
    }

    fn extent(&self, candidate: &[u8]) -> Option<usize> {
        walk(candidate).len
    }
}

/// What a walk through a store saw.
#[derive(Default)]
struct Walk {
    keys: usize,
    /// Of the whole store in bytes, where it was walked to its end.
    len: Option<usize>,
}

fn walk(store: &[u8]) -> Walk {
    let mut walk = Walk::default();
    let Some(mut rest) = header(store) else { return walk };
    for _ in 0..ENTRIES_MAX {
        match rest {
            [0, mac @ ..] => {
                walk.len = mac.len().checked_sub(MAC_BYTES).map(|after| store.len() - after);
                return walk;
            }
            [kind, entry @ ..] => {
                let Some((is_key, after)) = self::entry(*kind, entry) else { return walk };
                walk.keys += usize::from(is_key);
                rest = after;
            }
            [] => return walk,
        }
    }
    walk
}

/// What follows version, salt and iterations.
fn header(store: &[u8]) -> Option<&[u8]> {
    let (version, rest) = int(store)?;
    let (salt, rest) = int(rest)?;
    let (iterations, rest) = int(rest.get(SALT_BYTES as usize..)?)?;
    (matches!(version, 1 | 2) && salt == SALT_BYTES && iterations > 0).then_some(rest)
}

/// Whether an entry is a key, and what follows it.
fn entry(kind: u8, bytes: &[u8]) -> Option<(bool, &[u8])> {
    let (alias, rest) = text(bytes)?;
    let (chain, mut rest) = int(rest.get(8..)?)?;
    if alias.is_empty() || alias.iter().any(u8::is_ascii_control) || chain > CHAIN_MAX {
        return None;
    }
    for _ in 0..chain {
        rest = certificate(rest)?;
    }
    match kind {
        CERTIFICATE => Some((false, certificate(rest)?)),
        KEY => Some((true, block(text(text(rest.get(1..)?)?.1)?.1)?)),
        SECRET | SEALED => Some((true, block(rest)?)),
        _ => None,
    }
}

fn certificate(bytes: &[u8]) -> Option<&[u8]> {
    block(text(bytes)?.1)
}

/// What follows a block with its length before it.
fn block(bytes: &[u8]) -> Option<&[u8]> {
    let (len, rest) = int(bytes)?;
    (len > 0).then(|| rest.get(usize::try_from(len).ok()?..)).flatten()
}

fn int(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*number), rest))
}

fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Vec<u8> {
        [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
    }

    fn block(len: usize) -> Vec<u8> {
        let content: Vec<u8> = (0..len).map(|at| (at * 37) as u8).collect();
        [&(len as u32).to_be_bytes()[..], &content].concat()
    }

    fn certificate() -> Vec<u8> {
        [text("X.509"), block(700)].concat()
    }

    fn entry(kind: u8, chain: u32, content: &[u8]) -> Vec<u8> {
        let head = [vec![kind], text("signing"), vec![0, 0, 1, 0x55, 1, 2, 3, 4]].concat();
        let certificates = certificate().repeat(chain as usize);
        [head, chain.to_be_bytes().to_vec(), certificates, content.to_vec()].concat()
    }

    fn store(entries: &[Vec<u8>]) -> Vec<u8> {
        let head = [&2u32.to_be_bytes()[..], &SALT_BYTES.to_be_bytes(), &[9; 20], &1500u32.to_be_bytes()];
        [head.concat(), entries.concat(), vec![0], vec![5; MAC_BYTES]].concat()
    }

    fn stores() -> [Vec<u8>; 3] {
        let key = [vec![0], text("PKCS#8"), text("RSA"), block(600)].concat();
        [
            store(&[entry(SEALED, 1, &block(648))]),
            store(&[entry(CERTIFICATE, 0, &certificate()), entry(KEY, 0, &key)]),
            store(&[entry(SECRET, 0, &block(60))]),
        ]
    }

    #[test]
    fn stores_with_keys_pass_and_end_where_they_say() {
        for store in stores() {
            assert_eq!(BksKeystore.test(&store), Verdict::Passed);
            assert_eq!(BksKeystore.extent(&[&store[..], b"more"].concat()), Some(store.len()));
            assert_eq!(BksKeystore.test(&store[..store.len() - 8]), Verdict::Passed, "cut off after the key");
        }
    }

    #[test]
    fn trusted_certificates_and_altered_stores_fail() {
        let trusted = store(&[entry(CERTIFICATE, 0, &certificate())]);
        assert_eq!(BksKeystore.test(&trusted), Verdict::Failed);
        // The version, the length of the salt, the kind of the entry, the length of its alias.
        for at in [3, 7, 32, 34] {
            let [mut altered, ..] = stores();
            altered[at] ^= 0x30;
            assert_eq!(BksKeystore.test(&altered), Verdict::Failed, "{at}");
        }
    }
}
