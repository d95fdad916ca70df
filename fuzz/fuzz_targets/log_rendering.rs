#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ckws_fuzz::log_rendering(data));
