//! Every request, and every simulated response, checked against the vendors' own API documents.

use serde_json::{Value, json};
use tempo_sandbox::{TEMPO_VIEW_TOKEN, spec::Spec};

use tempo_test_support::{
    site::Site,
    worklog_snapshot::{id, own},
};

/// A day of work that uses all tools.
async fn story(site: &Site) {
    let period = json!({"startDate": "2026-03-02", "endDate": "2026-03-20"});
    let by = |group: &str| json!({"startDate": "2026-03-02", "endDate": "2026-03-20", "groupBy": group});
    for arguments in [
        json!({"text": "login bug"}),
        json!({"text": "WEB-9"}),
        json!({"mine": true}),
        json!({"recent": true, "text": "login"}),
    ] {
        site.ok("searchIssues", arguments).await;
    }
    site.ok("getMissingWorklogDays", period.clone()).await;
    site.ok("retrieveWorklogs", period).await;
    site.ok(
        "retrieveWorklogs",
        json!({"startDate": "2026-03-02", "endDate": "2026-03-20", "issueKey": "WEB-12"}),
    )
    .await;
    for group in ["issue", "account", "attribute:_WorkType_"] {
        site.ok("getWorklogAnalytics", by(group)).await;
    }
    let created = site.ok("createWorklog", full()).await;
    let entry =
        json!({"issueKey": "MOB-7", "date": "2026-03-17", "timeSpentHours": 0.25, "description": "Bulk"});
    let mut singly = entry.clone();
    singly["remainingEstimateHours"] = json!(2);
    site.ok("bulkCreateWorklogs", json!({"worklogEntries": [entry, entry, singly, full()]})).await;
    let id = &created.structured["worklog"]["worklogId"];
    site.ok(
        "editWorklog",
        json!({"worklogId": id, "timeSpent": "45m", "endTime": "18:45", "attributes": {"_Ticket_": "T-2"}}),
    )
    .await;
    let moved = site.ok("editWorklog", json!({"worklogId": id, "issueKey": "MOB-4"})).await;
    site.ok("deleteWorklog", json!({"worklogId": moved.structured["worklog"]["worklogId"]})).await;
}

/// An entry with every argument there is.
fn full() -> Value {
    json!({"issueKey": "WEB-12", "date": "2026-03-16", "timeSpent": "1h", "startTime": "18:00", "endTime": "19:00",
        "description": "All of it", "billableHours": 0.5, "remainingEstimateHours": 3,
        "attributes": {"_WorkType_": "Development", "_Ticket_": "T-1"}})
}

/// Refused writes, and the requests that explain them.
async fn refusals(site: &Site) {
    site.err("createWorklog", json!({"issueKey": "WEB-12", "date": "2029-01-01", "timeSpent": "1h"})).await;
    site.err("editWorklog", json!({"worklogId": 999_999, "description": "x"})).await;
    site.err("createWorklog", json!({"issueKey": "NOPE-1", "date": "2026-03-16", "timeSpent": "1h"})).await;
    let worklog = id(&own(&site.sandbox, "2026-03-13"));
    site.err("editWorklog", json!({"worklogId": worklog, "date": "2029-01-01"})).await;
}

#[tokio::test(start_paused = true)]
async fn every_exchange_matches_the_vendors_documents() {
    let Some(spec) = Spec::from_env() else {
        eprintln!("skipped: UPSTREAM_SPECS is not set");
        return;
    };
    let with_accounts = Site::with(&[("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID", "10039")], |_| ());
    story(&with_accounts).await;
    refusals(&with_accounts).await;
    let small_pages = Site::with(&[], |it| it.page_limit = Some(10));
    story(&small_pages).await;
    let by_email = Site::with(&[], |it| it.myself_refused = true);
    by_email.ok("searchIssues", json!({"text": "login"})).await;
    let at_gateway = Site::with(&[], |it| it.jira_auth = tempo_sandbox::JiraAuth::GatewayOnly);
    at_gateway.ok("searchIssues", json!({"text": "login"})).await;
    let view = Site::with(&[("TEMPO_API_TOKEN", TEMPO_VIEW_TOKEN)], |_| ());
    view.ok("retrieveWorklogs", json!({"startDate": "2026-03-02", "endDate": "2026-03-20"})).await;
    let mut checked = 0;
    for site in [with_accounts, small_pages, by_email, at_gateway, view] {
        for exchange in site.sandbox.requests() {
            let faults = spec.check(&exchange);
            assert!(faults.is_empty(), "{faults:#?}\n{exchange:#?}");
            checked += 1;
        }
    }
    assert!(checked > 80, "only {checked} exchanges");
}
