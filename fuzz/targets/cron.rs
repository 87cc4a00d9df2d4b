//! Lets the fuzzer try `cron`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::cron::target(data));
