//! Any bytes as a report of another scanner: it is read or refused, and each entry is a finding or lost for a reason.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stanch_import::{ReportFormat, read_report};
use stanch_model::{Fingerprinter, KeyKind};

fuzz_target!(|bytes: &[u8]| {
    let fingerprinter = Fingerprinter::new(KeyKind::Organisation, &[0; 32]);
    for format in ReportFormat::ALL.into_iter().map(Some).chain([None]) {
        match read_report("any", bytes, format, &fingerprinter) {
            Ok(read) => {
                assert!(read.lost.iter().all(|lost| lost.entry > 0));
                for finding in &read.findings {
                    assert!(finding.location.line > 0 && finding.location.column > 0);
                    assert!(finding.preview.ends_with("********"));
                }
            }
            Err(error) => assert!(error.to_string().starts_with("any:")),
        }
    }
});
