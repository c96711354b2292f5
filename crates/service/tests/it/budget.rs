//! Where the platform counts a call's requests: what does not fit is refused before anything is written.

use serde_json::{Value, json};
use tempo_mcp_service::web::Options;

use crate::hosted::{Hosted, hosted, options};

async fn service(outbound: u32) -> Hosted {
    hosted(Options { outbound: Some(outbound), ..options() }, usize::MAX).await
}

/// So many entries, each on an issue of its own.
fn entries(count: usize) -> Value {
    let entry = |i| json!({ "issueKey": format!("BULK-{i}"), "date": "2026-03-02", "timeSpent": "15m" });
    json!({ "worklogEntries": (1..=count).map(entry).collect::<Vec<_>>() })
}

async fn call(hosted: &Hosted, tool: &str, arguments: Value) -> (bool, String) {
    let answer = hosted.call(&hosted.alex, 1, tool, arguments).await;
    let body: Value = serde_json::from_slice(answer.body()).unwrap();
    let text = body["result"]["content"][0]["text"].as_str().unwrap().to_owned();
    (body["result"]["isError"] == true, text)
}

fn writes(hosted: &Hosted) -> usize {
    hosted.sandbox.requests().iter().filter(|it| it.method == "POST" && it.path == "/4/worklogs").count()
}

#[tokio::test(start_paused = true)]
async fn a_bulk_call_that_does_not_fit_writes_nothing_and_tells_how_many_do() {
    let hosted = service(20).await;
    hosted.sandbox.add_worklogs(1, 30);
    let (is_error, text) = call(&hosted, "bulkCreateWorklogs", entries(30)).await;
    // Two are spent on who and what, six are kept for looking after lost answers.
    assert!(
        is_error && text.contains("Nothing was written") && text.contains("The first 12 entries fit"),
        "{text}"
    );
    assert_eq!(writes(&hosted), 0);
    let (is_error, text) = call(&hosted, "bulkCreateWorklogs", entries(12)).await;
    assert!(!is_error, "{text}");
    assert_eq!(writes(&hosted), 12);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_does_not_fit_says_what_to_ask_for_instead() {
    let hosted = service(20).await;
    hosted.sandbox.add_worklogs(365, 1);
    hosted.sandbox.settings(|it| it.page_limit = Some(1));
    let year = json!({ "startDate": "2025-03-01", "endDate": "2025-12-31" });
    let (is_error, text) = call(&hosted, "retrieveWorklogs", year).await;
    assert!(is_error && text.contains("shorter period"), "{text}");
    assert!(hosted.sandbox.requests().len() <= 20);
}
