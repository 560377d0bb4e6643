//! Whether a server and this run mean the same by a fingerprint.

use serde::Deserialize;
use stanch_model::{Fingerprinter, KeyKind};

use super::api::{Api, ApiError};
use crate::{advice::advise, printer::Printer};

/// Where a server tells its keys.
const PATH: &str = "/api/v1/identity";
/// How to have the same key.
const REMEDY: &str =
    "set STANCH_FINGERPRINT_KEY to the key of the organisation, or --fingerprint-key-file FILE";

/// The ids of a server's keys.
#[derive(Deserialize)]
struct Identity {
    key_id: String,
    /// The key before, while keys are rotated.
    former_key_id: Option<String>,
}

/// Asks the server for its key and compares it with ours. A server that is away is not waited for: what is found waits in the
/// spool.
///
/// # Errors
/// The fingerprints of this run are under a salt, or under another key than the server's; or the server does not know this
/// token.
pub(crate) fn check_identity(
    api: &Api,
    fingerprinter: &Fingerprinter,
    printer: &Printer,
) -> anyhow::Result<()> {
    let told = match api.get::<Identity>(PATH) {
        Ok(identity) => Some(identity),
        Err(ApiError::Problem { address, problem }) if problem.is_of_token() => {
            let problem = format!("{address}: answers {problem}");
            return Err(advise(
                problem,
                "set STANCH_TOKEN, or --token-file, to a token with the scope ingest",
            ));
        }
        Err(error) => {
            printer.detail(&error);
            None
        }
    };
    let address = api.address();
    let ours = fingerprinter.key();
    if ours.kind() != KeyKind::Organisation {
        let theirs = match told {
            Some(told) => format!("and {address} under the key {}", told.key_id),
            None => format!("which mean nothing to {address}"),
        };
        let problem = format!("this run computes fingerprints under a salt ({ours}), {theirs}");
        return Err(advise(problem, REMEDY));
    }
    let Some(Identity { key_id, former_key_id }) = told else { return Ok(()) };
    if key_id == ours.to_string() {
        return Ok(());
    }
    if former_key_id.is_some_and(|former| former == ours.to_string()) {
        printer.note(format_args!(
            "{address} has the key {key_id} by now, and {ours} of this run is its former one"
        ));
        return Ok(());
    }
    let problem = format!("{address} has the key {key_id}, and this run computes fingerprints under {ours}");
    Err(advise(problem, REMEDY))
}
