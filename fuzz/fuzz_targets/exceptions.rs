//! Any bytes as a secret, a line with comments, a baseline and an allow file: read or refused, and what is written is read back.

#![no_main]

use std::str;

use libfuzzer_sys::fuzz_target;
use stanch_allow::{AllowFile, Baseline};
use stanch_model::{Fingerprint, Mark, normal_form};

fuzz_target!(|bytes: &[u8]| {
    let form = normal_form(bytes);
    assert!(form.len() <= bytes.len().max(1));
    let _ = Mark::all_in(bytes);
    let Ok(text) = str::from_utf8(bytes) else { return };
    let _ = text.parse::<Fingerprint>();
    if let Ok(baseline) = Baseline::parse(text) {
        assert_eq!(Baseline::parse(&baseline.render()), Ok(baseline));
    }
    match AllowFile::parse(text) {
        Err(error) => assert!(error.line > 0),
        Ok(mut file) => {
            let names: Vec<String> = file.allowances().map(|allowance| allowance.name()).collect();
            // A layout that cannot be changed is refused, and then nothing may be lost.
            if let Some(name) = names.first()
                && file.remove(&[name.clone()]).is_ok()
            {
                let left = AllowFile::parse(&file.render()).expect("what is written is read");
                assert_eq!(left.allowances().count() + 1, names.len());
            }
        }
    }
});
