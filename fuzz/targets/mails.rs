//! Lets the fuzzer try `mails`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::mails::target(data));
