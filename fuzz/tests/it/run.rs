//! Runs one target over its corpus and mutations of it.

use std::{
    cell::Cell,
    fs,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::Once,
    time::{Duration, Instant},
};

use crate::mutation::{Random, minimized, mutated};

/// Runs `target` on every seed of `name`, and on `inputs` mutations or for the time that the environment names.
pub(crate) fn target(name: &str, target: fn(&[u8]), inputs: u64) {
    let seeds = seeds(name);
    let budget = variable("TEMPO_MCP_FUZZ_SECONDS").map(Duration::from_secs);
    // The same run each time, unless a seed is named: a check must not fail if nothing was changed.
    let seed = variable("TEMPO_MCP_FUZZ_SEED").unwrap_or(1);
    for input in &seeds {
        check(name, target, input, seed);
    }
    let (mut random, start, mut runs) = (Random::new(seed), Instant::now(), 0);
    while budget.map_or(runs < inputs, |it| start.elapsed() < it) {
        check(name, target, &mutated(&seeds, &mut random), seed);
        runs += 1;
    }
    eprintln!("{name}: {} seeds and {runs} mutations, TEMPO_MCP_FUZZ_SEED={seed}", seeds.len());
}

fn check(name: &str, target: fn(&[u8]), input: &[u8], seed: u64) {
    if !fails(target, input) {
        return;
    }
    let smallest = minimized(input, |it| fails(target, it));
    eprintln!("{name} fails (TEMPO_MCP_FUZZ_SEED={seed}) on b\"{}\"", smallest.escape_ascii());
    eprintln!("Once it is fixed, keep the input as a seed in fuzz/corpus/{name}.");
    target(&smallest);
    panic!("{name} failed, but not again on the same input");
}

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Whether the target panics; its message is shown once, on the smallest input.
fn fails(target: fn(&[u8]), input: &[u8]) -> bool {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let shown = panic::take_hook();
        panic::set_hook(Box::new(move |it| {
            if !IS_QUIET.get() {
                shown(it);
            }
        }));
    });
    IS_QUIET.set(true);
    let failed = panic::catch_unwind(AssertUnwindSafe(|| target(input))).is_err();
    IS_QUIET.set(false);
    failed
}

/// In the order of their names, so that a seed gives the same run everywhere.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = files.map(|it| it.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths.iter().map(|it| fs::read(it).unwrap()).collect()
}

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}
