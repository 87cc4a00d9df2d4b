//! Lets the fuzzer try `ping`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::ping::target(data));
