//! Lets the fuzzer try `details`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::details::target(data));
