//! Words that say what a name, a value or the text around them is about.

/// What a word is about. Names, values and their surroundings are described by how often each topic occurs.
macro_rules! topics {
    ($($topic:ident: $($word:literal)+;)+) => {
        /// A subject that words belong to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Topic { $($topic),+ }

        /// Every topic, by its name.
        pub(super) const TOPICS: &[&str] = &[$(stringify!($topic)),+];

        const WORDS: &[(&str, Topic)] = &[$($(($word, Topic::$topic)),+),+];
    };
}

topics! {
    Id: "id" "ids" "identifier" "uuid" "guid" "kid" "arn";
    Name: "name" "names" "named" "alias";
    Kind: "type" "types" "kind" "class" "mode" "algorithm" "alg" "format" "method" "scheme" "style" "encoding";
    File: "file" "files" "filename" "path" "paths" "dir" "directory" "folder" "location" "store" "pem" "json";
    Url: "url" "urls" "uri" "endpoint" "link" "href" "route" "redirect" "callback" "http" "https" "www" "com";
    Hash: "hash" "hashed" "hashes" "digest" "sha" "md" "sha1" "sha256" "sha512" "md5" "bcrypt" "checksum"
        "fingerprint" "thumbprint" "integrity" "etag" "crc" "argon" "scrypt" "pbkdf";
    Size: "length" "len" "size" "min" "max" "count" "limit" "bits" "bytes" "number" "num" "total" "rounds" "iterations";
    Label: "label" "text" "title" "caption" "header" "heading" "message" "msg" "hint" "placeholder" "tooltip"
        "description" "desc" "help" "info" "prompt" "subject" "note" "translation" "locale" "lang" "i18n";
    Error: "error" "err" "errors" "invalid" "missing" "required" "failed" "fail" "mismatch" "incorrect" "wrong"
        "denied" "unauthorized" "expired" "exception" "warning" "warn";
    Action: "reset" "change" "forgot" "forgotten" "confirm" "confirmation" "repeat" "update" "enter" "show" "hide"
        "toggle" "verify" "generate" "create" "delete" "remove" "rotate" "revoke" "recover" "recovery" "renew"
        "lost" "choose" "retype" "send" "save";
    Form: "field" "input" "form" "param" "params" "parameter" "column" "attribute" "attr" "property" "prop"
        "option" "options" "argument" "arg" "flag" "button" "btn" "page" "view" "screen" "dialog" "css" "div" "span";
    Time: "expire" "expires" "expiry" "expiration" "ttl" "timeout" "age" "lifetime" "duration" "date" "time"
        "timestamp" "issued" "created" "created_at" "iat" "exp" "seconds" "days" "minutes";
    Policy: "policy" "rule" "rules" "regex" "pattern" "validator" "validation" "strength" "complexity" "allow"
        "allowed" "enable" "enabled" "disable" "disabled" "is" "has" "use" "with" "should" "can" "require";
    Public: "public" "pub" "cert" "certificate" "certificates" "ca" "crt" "csr" "publishable" "site";
    Private: "private" "priv" "rsa" "dsa" "ecdsa" "ssh" "gpg" "pgp" "pkcs";
    Api: "api" "access" "apikey" "rest";
    Client: "client" "consumer" "app" "application" "oauth" "oauth2" "customer" "tenant";
    User: "user" "users" "username" "login" "uid" "account" "userid" "usr" "member" "owner" "email" "mail";
    Admin: "admin" "root" "master" "super" "sudo" "default" "administrator" "sa" "guest" "postgres";
    Database: "db" "database" "sql" "mysql" "postgresql" "mariadb" "pg" "redis" "mongo" "mongodb" "jdbc"
        "oracle" "sqlite" "mssql" "dbname" "schema" "rds" "amqp" "rabbitmq" "ldap" "kafka";
    Host: "host" "hostname" "server" "port" "localhost" "ip" "addr" "address" "domain" "smtp" "ftp" "imap" "proxy";
    Test: "test" "tests" "testing" "spec" "mock" "mocks" "fake" "stub" "fixture" "fixtures" "dummy" "assert"
        "expect" "equal" "equals" "eq" "it" "describe" "testcase" "testdata" "unittest" "tester";
    Example: "example" "examples" "sample" "samples" "demo" "docs" "tutorial" "foo" "bar" "baz" "lorem" "acme";
    StandIn: "your" "my" "changeme" "changethis" "replace" "insert" "here" "todo" "xxx" "xxxx" "some" "any"
         "redacted" "removed" "hidden" "secret" "insecure" "unsafe" "none" "null" "empty";
    Forgery: "csrf" "xsrf" "captcha" "recaptcha" "antiforgery" "verification";
    Index: "cache" "primary" "foreign" "sort" "partition" "hot" "shortcut" "map" "index" "row" "object" "dict"
        "item" "lookup" "group" "unique" "sorted" "keys" "keyboard" "registry" "config" "settings" "pref"
        "storage" "state" "data" "event" "hotkey" "press" "down" "up" "code";
    Session: "session" "cookie" "jwt" "bearer" "sso" "saml" "oidc" "refresh" "authorization" "basic";
    Crypto: "encryption" "encrypt" "encrypted" "decrypt" "crypto" "cipher" "aes" "iv" "hmac" "signing" "sign"
        "signature" "signed" "shared" "seed" "entropy" "nonce" "salt" "salted" "pepper" "kms";
    Value: "value" "values" "val" "string" "str" "raw" "plain" "plaintext" "clear" "literal" "base64" "b64";
    Environment: "env" "environment" "environ" "export" "getenv" "var" "vars" "secrets" "vault" "process" "set";
    Manager: "manager" "provider" "service" "factory" "handler" "helper" "util" "utils" "builder" "generator"
        "encoder" "reader" "interface" "impl" "context" "request" "response" "result" "ref" "reference";
    Cloud: "aws" "amazon" "azure" "google" "gcp" "github" "gitlab" "slack" "stripe" "twilio" "sendgrid" "heroku"
        "facebook" "twitter" "firebase" "openai" "docker" "npm" "datadog" "cloudflare" "s3" "sns";
    Declaration: "const" "let" "final" "static" "protected" "internal" "readonly" "define" "def" "declare"
        "char" "nsstring" "qstring" "dim";
    Code: "return" "if" "else" "for" "while" "function" "func" "fn" "void" "new" "throw" "self" "this" "import"
        "include" "require_once" "package" "using" "struct" "enum" "switch" "case" "token" "tokens" "lexer"
        "parser" "parse" "ast" "syntax" "grammar" "keyword" "comma" "brace" "eof";
    Command: "curl" "kubectl" "mysqldump" "psql" "sshpass" "wget" "run" "exec" "bash" "sh" "cmd";
    Lock: "version" "resolved" "license" "dependencies" "dependency" "dev" "revision" "rev" "commit" "tag" "lock"
        "build" "release" "module" "modules";
    Article: "the" "a" "an" "of" "to" "and" "in" "that" "be" "must" "please" "not" "you" "or" "are"
        "when" "will" "from" "de" "la" "el" "der" "die" "das" "le" "les" "un" "una" "ein";
    Credential: "password" "passwords" "passwd" "pass" "pwd" "passphrase" "credential" "credentials" "creds";
    Key: "key" "apikeys" "keyid" "keyfile";
    Auth: "auth" "authentication" "authenticate" "authorize" "signin" "signup" "register" "logout";
}

/// Longest word that has a topic.
const WORD_LEN_MAX: usize = 15;

/// Slots of the table of words; a power of two, several times as many as words.
const SLOTS: usize = 2048;

/// By the hash of a word one more than its place in [`WORDS`], 0 where there is none: open addressing.
static TABLE: [u16; SLOTS] = {
    assert!(WORDS.len() * 3 < SLOTS);
    let mut table = [0; SLOTS];
    let mut place = 0;
    while place < WORDS.len() {
        let mut slot = hash(WORDS[place].0.as_bytes());
        while table[slot] != 0 {
            slot = (slot + 1) % SLOTS;
        }
        place += 1;
        table[slot] = place as u16;
    }
    table
};

/// By the first letter of words, how long they are: a bit for each length. Most words of a text are told by that.
static LENGTHS: [u16; 26] = {
    let mut lengths = [0; 26];
    let mut place = 0;
    while place < WORDS.len() {
        let word = WORDS[place].0.as_bytes();
        assert!(word[0].is_ascii_lowercase() && word.len() <= WORD_LEN_MAX);
        lengths[(word[0] - b'a') as usize] |= 1 << word.len();
        place += 1;
    }
    lengths
};

/// Whether some word begins like this one, and is as long.
fn may_be_known(word: &[u8]) -> bool {
    let first = word.first().map_or(u8::MAX, |byte| byte.to_ascii_lowercase().wrapping_sub(b'a'));
    word.len() <= WORD_LEN_MAX
        && LENGTHS.get(usize::from(first)).is_some_and(|lengths| lengths >> word.len() & 1 == 1)
}

/// The slot of a word, whatever its case: FNV-1a.
const fn hash(word: &[u8]) -> usize {
    let mut hash = 0x811c_9dc5_u32;
    let mut at = 0;
    while at < word.len() {
        hash = (hash ^ word[at].to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    (hash >> 16 ^ hash) as usize % SLOTS
}

/// What a word is about, whatever its case.
pub(super) fn topic(word: &[u8]) -> Option<Topic> {
    if !may_be_known(word) {
        return None;
    }
    let mut slot = hash(word);
    while let Some(place) = TABLE[slot].checked_sub(1) {
        let (known, topic) = WORDS[usize::from(place)];
        if known.as_bytes().eq_ignore_ascii_case(word) {
            return Some(topic);
        }
        slot = (slot + 1) % SLOTS;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_topic_in_any_case() {
        assert_eq!((topic(b"userName"), topic(b"user_name")), (Some(Topic::User), None));
        assert_eq!((topic(b"SHA256"), topic(b"z"), topic(&[b'a'; 40])), (Some(Topic::Hash), None, None));
        assert_eq!(TOPICS[Topic::Hash as usize], "Hash");
    }

    #[test]
    fn no_word_has_two_topics() {
        let mut words: Vec<_> = WORDS.iter().map(|(word, _)| *word).collect();
        words.sort_unstable();
        let count = words.len();
        words.dedup();
        assert_eq!(words.len(), count);
    }
}
