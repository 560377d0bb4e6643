//! Keys and signatures that everyone knows, because documentation and test suites print them.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// SHA-256 of the modulus of an RSA key, of the private value of another key, or of the public part of an OpenSSH key.
const KEYS: &[&str] = &[
    // Vagrant's insecure key pairs: <https://github.com/hashicorp/vagrant/tree/main/keys>.
    "4fd9973c9cc206ef5f736fb578800da4b443aea2b15c6ed77de5ee895369d071",
    "5a4bea8e7c8f01e0b471b3c4ad88863fdbea1dd80bd4caaabcf7487b796f1e02",
    // The Ed25519 example: <https://www.rfc-editor.org/rfc/rfc8410#section-10.3>.
    "8ed51c8438ac38066662578078917561f441fcdf0bc860e6b28a188aca12318b",
    // Go's key for localhost: <https://github.com/golang/go/blob/master/src/net/http/internal/testcert/testcert.go>.
    "544fdd519498def7b9c1778c026df9489915b576863cf407437b2d88b6147745",
    // OpenSSL's test server and authorities: <https://github.com/openssl/openssl/blob/OpenSSL_1_0_2-stable/apps/server.pem>.
    "e94e2829e57f2544f73934b8b06d2f013d8bcc5749725625362ef1ef9ce6e042",
    "8a4eb1e06de4bb7ee3805096e343ddda2911651c1f5ceaedcc375c0d72d03eff",
    "dc2dc9a11e7f942ae2418c547ac7d66e04c6a7257801cb0975d54a3570048862",
];

/// SHA-256 of the third part of a token: with other claims before it, it is no signature of them.
const SIGNATURES: &[&str] = &[
    // The first example: <https://www.rfc-editor.org/rfc/rfc7515#appendix-A.1>, also RFC 7519 section 3.1.
    "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3",
    // What the debugger shows at first: <https://jwt.io>.
    "051d093c4bdedbf23f905ad01d9c6111414d54e2170e1d7f76657c4e76e3e65b",
];

/// SHA-256 of the private value of a JSON Web Key, in its text form.
const JWK_VALUES: &[&str] = &[
    // The Ed25519 key: <https://www.rfc-editor.org/rfc/rfc8037#appendix-A.1>.
    "190edf59d5736c3b3ea6bb36d57f5eb415a9b79f3201b381b8f3cb089135981f",
    // The keys of HS256 and ES256: <https://www.rfc-editor.org/rfc/rfc7515#appendix-A.1>, <#appendix-A.3>.
    "8b1b17a9740c068accab5c3d0d652c8e3cc13206e70bb73b42ea41d4c2de3c12",
    "5ccf2edb4f070f0b180f1adadb1be7c568d04181e7938433c4503db2d2bf8b3e",
    // Private and symmetric keys: <https://www.rfc-editor.org/rfc/rfc7517#appendix-A.2>, <#appendix-A.3>.
    "a45404ae333dd955dcff82cf28972e0f81b1e673cb70e2fc2d7d0d4c42a893bc",
    "57afc11665beb68de7ccd6df1b38453be8682ac63bb8ccdf67cce63c2db9afd2",
    // The cookbook's EC key: <https://www.rfc-editor.org/rfc/rfc7520#section-3.2>.
    "243cd6766dfc55feb19c57a662e8e712c0a37e6c44a00467255e0b4ac21182b7",
];

/// Whether this is the private value of a published JSON Web Key, in its text form.
pub(super) fn is_jwk_value(text: &[u8]) -> bool {
    JWK_VALUES.contains(&hash(text).as_str())
}

/// Whether this is the material of a published private key.
pub(super) fn is_key(material: &[u8]) -> bool {
    KEYS.contains(&hash(material).as_str())
}

/// Whether this is the signature of a published token, in its text form.
pub(super) fn is_signature(text: &[u8]) -> bool {
    SIGNATURES.contains(&hash(text).as_str())
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_whole_and_listed_once() {
        let mut all: Vec<&str> = KEYS.iter().chain(SIGNATURES).chain(JWK_VALUES).copied().collect();
        assert!(all.iter().all(|hash| HEXLOWER.decode(hash.as_bytes()).is_ok_and(|bytes| bytes.len() == 32)));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn published_values_are_known_and_others_are_not() {
        let seed = ["d4ee72dbf913584ad5b6d8f1f769f8ad", "3afe7c28cbf1d4fbe097a88f44755842"].concat();
        let mut seed = HEXLOWER.decode(seed.as_bytes()).expect("hexadecimal");
        assert!(is_key(&seed));
        seed[0] ^= 1;
        assert!(!is_key(&seed));
        let signature = ["dBjftJeZ4CVP-mB92K27u", "hbUJU1p1r_wW1gFWFOEjXk"].concat();
        assert!(is_signature(signature.as_bytes()));
        assert!(!is_signature(&signature.as_bytes()[1..]));
    }
}
