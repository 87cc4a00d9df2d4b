//! Lets the fuzzer try `peers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::peers::target(data));
