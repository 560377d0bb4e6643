//! The real server is held against the document of its API by schemathesis: no defect, no answer that the document does not tell of.

use std::{path::Path, process::Command};

use crate::{Place, key, served::Served};

/// Enough for many requests at once.
const SETTINGS: &str = "\
[auth]
address_rate = { per_second = 1000000.0, burst = 1000000.0 }
identity_rate = { per_second = 1000000.0, burst = 1000000.0 }
";
/// What must hold of each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                      response_schema_conformance";

/// Lines are sent as they are; what is no text is sent as JSON.
const HOOKS: &str = "\
import json
import schemathesis


@schemathesis.serializer(\"application/x-ndjson\")
def lines(ctx, value):
    return (value if isinstance(value, str) else json.dumps(value)).encode(\"utf-8\", \"replace\")
";

#[test]
fn the_server_does_what_its_document_says() {
    let place = Place::new();
    let served = Served::with(&place, SETTINGS, &[]);
    let ingest = served.token("ingest");
    // What is asked for with small numbers is there, and is not the token that asks.
    for number in 1..8 {
        place.write("project/app.env", format!("KEY={}\n", key("m", number)));
        let origin = format!("git.example/acme/shop-{number}");
        let scan = ["scan", "--rules", "../acme.toml", "--origin", &origin, "project"];
        assert_eq!(served.stanch(&scan, &ingest).run().code, Some(1));
        served.token("read");
    }
    let token = place.read(&served.token("ingest,read,respond,admin"));
    let header = format!("Authorization: Bearer {}", token.trim_end());
    place.write("hooks.py", HOOKS);
    place.write(
        "first.toml",
        "[parameters]\n\"path.id\" = 1\n\"path.task\" = 1\n\"path.duty\" = \"liaison\"\n",
    );
    place.write("any.toml", "");
    // What the document draws limits to, with any numbers; then what may be sent about what is there.
    for (config, phase) in [("any.toml", "coverage"), ("first.toml", "fuzzing")] {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/bin/schemathesis");
        let run = Command::new(&program)
            .current_dir(place.path("."))
            .env("HOME", place.root())
            .env("PYTHONPATH", ".")
            .env("SCHEMATHESIS_HOOKS", "hooks")
            .args(["--config-file", config, "run", &format!("{}/api/v1/openapi.json", served.url)])
            .args(["--header", &header, "--checks", CHECKS, "--phases", phase, "--seed", "1"])
            .args([
                "--max-examples",
                "12",
                "--generation-database",
                "none",
                "--no-color",
                "--warnings",
                "off",
            ])
            .output();
        let run = run.unwrap_or_else(|error| {
            panic!("{}, which cargo xtask test installs: {error}", program.display())
        });
        let told = String::from_utf8_lossy(&run.stdout).replace(token.trim_end(), "[token]");
        assert!(run.status.success(), "{told}\n{}", String::from_utf8_lossy(&run.stderr));
    }
    let log = served.stop();
    assert!(!log.contains("\"ERROR\""), "{log}");
}
