//! The program that libFuzzer calls: `FUZZ_READER=NAME fuzz CORPUS…`, see `make fuzz`.

#![no_main]
#![allow(missing_docs)]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

static READER: OnceLock<fn(&[u8])> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let reader = READER.get_or_init(|| {
        let name = std::env::var("FUZZ_READER").unwrap_or_default();
        fuzz::reader(&name).unwrap_or_else(|| {
            let names: Vec<&str> = fuzz::READERS.iter().map(|(name, _)| *name).collect();
            panic!(
                "FUZZ_READER is {name:?}, expected one of: {}",
                names.join(", ")
            )
        })
    });
    reader(bytes);
});
