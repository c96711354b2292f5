#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tempo_mcp_fuzz::durations_and_dates(data));
