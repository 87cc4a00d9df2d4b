//! Lets the fuzzer try `addresses`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::addresses::target(data));
