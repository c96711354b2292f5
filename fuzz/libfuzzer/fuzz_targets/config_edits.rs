#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tempo_mcp_fuzz::config_edits(data));
