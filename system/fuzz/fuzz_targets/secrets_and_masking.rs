#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::secrets_and_masking::run(input));
