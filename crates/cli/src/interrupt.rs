//! Ctrl-C and polite termination.

use std::{process, sync::Arc};

use stanch_sources::Cancel;

use crate::printer::Printer;

/// What a shell reports for a process that SIGINT ended.
const KILLED: i32 = 130;

/// Makes the first signal end the scan early, with a report of what was covered, and the second end the process.
///
/// Where signals are ignored on purpose (`nohup`, a background job of a script), they stay so.
pub(crate) fn listen(cancel: Arc<Cancel>, printer: Printer) {
    let handler = move || {
        if cancel.is_cancelled() {
            process::exit(KILLED);
        }
        cancel.cancel();
        printer.note("stopping, a report of what was covered follows; once more to stop at once");
    };
    drop(ctrlc::try_set_handler(handler));
}
