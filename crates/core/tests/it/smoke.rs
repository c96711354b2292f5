//! The test fixtures themselves.

use serde_json::json;

use tempo_test_support::site::Site;

#[tokio::test(start_paused = true)]
async fn logged_time_is_stored() {
    let site = Site::new();
    let before = site.sandbox.worklogs().len();
    let answer = site
        .ok("createWorklog", json!({"issueKey": "web-12", "date": "2026-03-18", "timeSpent": "1h30m"}))
        .await;
    assert_eq!(site.sandbox.worklogs().len(), before + 1);
    assert_eq!(answer.structured["worklog"]["timeSpentSeconds"], 5400);
    assert_eq!(
        site.requests(),
        ["GET /rest/api/3/myself", "POST /rest/api/3/issue/bulkfetch", "POST /4/worklogs"]
    );
}
