//! Lets the fuzzer try `environment`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::environment::target(data));
