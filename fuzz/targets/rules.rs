//! Lets the fuzzer try `rules`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::rules::target(data));
