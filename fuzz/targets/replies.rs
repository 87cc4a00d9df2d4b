//! Lets the fuzzer try `replies`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::replies::target(data));
