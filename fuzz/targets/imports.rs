//! Lets the fuzzer try `imports`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::imports::target(data));
