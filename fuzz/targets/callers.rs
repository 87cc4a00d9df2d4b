//! Lets the fuzzer try `callers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::callers::target(data));
