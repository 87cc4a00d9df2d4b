//! Lets the fuzzer try `logs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::logs::target(data));
