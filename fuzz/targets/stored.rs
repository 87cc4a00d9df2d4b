//! Lets the fuzzer try `stored`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::stored::target(data));
