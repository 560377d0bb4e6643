//! A made text that resembles what is scanned most: source code, configuration, logs.

/// Names as programs have them; those that secrets have are among them, about as often as in source code.
const NAMES: &[&str] = &[
    "index", "buffer", "request", "response", "user", "name", "value", "path", "result", "error", "config",
    "message", "client", "server", "token", "key", "length", "offset", "status", "handler", "context",
    "session", "account", "event", "record", "table", "column", "query", "cache", "worker", "queue",
    "timeout", "password", "format", "version", "parent", "child", "node", "stream", "reader", "writer",
    "packet", "header", "field", "count", "total", "current", "previous", "options", "settings", "api",
    "auth", "secret", "service", "region", "bucket", "image", "label", "document", "element", "button",
    "layout", "cursor", "socket", "address", "host",
];

/// Lines in which `@` is a name, `#` a number, `%` eight hexadecimal digits and `&` a run of base64.
const LINES: &[&str] = &[
    "    let @ = @.@(&@, #)?;",
    "    if @.@() > # && @ != @ {",
    "        return Err(@::@(@));",
    "    }",
    "",
    "    // the @ of a @ is kept until its @ has been read",
    "def @_@(self, @, @=None):",
    "    self.@ = @.get(\"@\", #)",
    "    for @ in range(#):",
    "const @ = await @.@({ @: '@', @: # });",
    "import { @, @ } from './@/@.js';",
    "public static final String @_@ = \"@.@.@\";",
    "  @: # # the @ of each @",
    "  - name: @-@",
    "@_@=@-@.internal:#",
    "\"@\": { \"@\": #, \"@\": \"@\" },",
    "2026-03-#T10:4#:0#.#Z INFO @.@ @=@ @_id=%-% took #ms",
    "2026-03-# 10:4#:0# WARN [@-#] @: @ of @ not ready, trying again in #s",
    "10.0.#.# - - \"GET /@/#/@?@=# HTTP/1.1\" 200 # \"https://@.example.com/@\" \"Mozilla/5.0\"",
    "commit %%%%% @: @ the @",
    "  integrity sha512-&==",
    "#include <@/@.h>",
    "static int @_@(struct @ *@, size_t @)",
    "<div class=\"@ @-@\" id=\"@-#\"><a href=\"/@/#\">@</a></div>",
];

/// About `len` bytes of it, the same in every run.
pub(super) fn text(len: usize) -> Vec<u8> {
    let mut random = Random(0x5EED);
    let mut out = Vec::with_capacity(len + 256);
    while out.len() < len {
        for &byte in random.pick(LINES).as_bytes() {
            match byte {
                b'@' => out.extend_from_slice(random.pick(NAMES).as_bytes()),
                b'#' => out.extend_from_slice((random.next() % 1000).to_string().as_bytes()),
                b'%' => out.extend_from_slice(format!("{:08x}", random.next() as u32).as_bytes()),
                b'&' => (0..86).for_each(|_| out.push(BASE64[random.below(64)])),
                _ => out.push(byte),
            }
        }
        out.push(b'\n');
    }
    out
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// `SplitMix64`: <https://prng.di.unimi.it/splitmix64.c> (public domain).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}
