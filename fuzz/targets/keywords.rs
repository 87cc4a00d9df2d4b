//! Lets the fuzzer try `keywords`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::keywords::target(data));
