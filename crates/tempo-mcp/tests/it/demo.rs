//! The first thing a stranger runs.

use crate::program::{Run, finish, program, run};

/// Monday to Sunday, and the days around a new year and a leap day.
const DAYS: [&str; 10] = [
    "2026-03-16",
    "2026-03-17",
    "2026-03-18",
    "2026-03-19",
    "2026-03-20",
    "2026-03-21",
    "2026-03-22",
    "2026-01-01",
    "2027-01-03",
    "2028-03-01",
];

fn told(demo: &Run) {
    assert_eq!((demo.code, demo.err.as_str()), (Some(0), ""), "{}", demo.out);
    for needed in
        ["1. ", "2. ", "3. ", "4. ", "5. ", "6. ", "period is closed", "No time is missing", "Deleted:"]
    {
        assert!(demo.out.contains(needed), "{needed} is not told:\n{}", demo.out);
    }
}

#[test]
fn the_story_comes_true_on_every_day() {
    for day in DAYS {
        told(&run(&["demo", "--today", day]));
    }
    told(&run(&["demo"]));
}

#[test]
fn where_nobody_looks_it_is_plain_text_of_at_most_100_columns() {
    let demo = run(&["demo", "--today", "2026-03-18"]);
    assert!(!demo.out.contains('\u{1b}'));
    for line in demo.out.lines() {
        let is_a_path =
            line.starts_with("Or go on without accounts") || line.contains(env!("CARGO_BIN_EXE_tempo-mcp"));
        assert!(line.chars().count() <= 100 || is_a_path, "{line}");
        assert_eq!(line, line.trim_end());
    }
}

#[test]
fn what_the_environment_says_does_not_disturb_it() {
    let odd = [
        ("TEMPO_MCP_READ_ONLY", "true"),
        ("JIRA_BASE_URL", "https://acme.example.com"),
        ("TEMPO_API_TOKEN", ""),
    ];
    told(&finish(program().arg("demo").envs(odd)));
}
