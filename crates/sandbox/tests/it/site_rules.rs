//! What the configuration of a site rejects, and the behaviours that the settings choose between.

use serde_json::{Value, json};
use tempo_sandbox::{ErrorShape, LEAD_TEMPO_TOKEN, NoSchedule};

use crate::support::{Response, Site, new_worklog, site};

async fn create(site: &Site) -> Response {
    site.post("/4/worklogs", new_worklog()).await
}

#[tokio::test(start_paused = true)]
async fn required_fields_are_enforced_and_in_the_configuration() {
    let site = site();
    site.sandbox.settings(|settings| {
        settings.remaining_estimate_required = true;
        settings.description_required = true;
        settings.required_attributes = vec!["_WorkType_".to_owned()];
    });
    let rejected = create(&site).await;
    assert_eq!(rejected.status, 400);
    let text = rejected.text();
    assert!(text.contains("Estimated remaining time must not be empty."), "{text}");
    assert!(text.contains("Work attribute Work Type (_WorkType_) is required"), "{text}");
    assert!(text.contains("Description"), "{text}");
    let configuration = site.get("/4/globalconfiguration").await.json();
    assert_eq!(configuration["remainingEstimateOptional"], false);
    assert_eq!(configuration["worklogDescriptionOptional"], false);
    assert_eq!(site.get("/4/work-attributes/_WorkType_").await.json()["required"], true);
}

#[tokio::test(start_paused = true)]
async fn closed_period_gets_403_unless_an_admin_overrides_it() {
    let site = site();
    let id = create(&site).await.json()["tempoWorklogId"].to_string();
    site.sandbox.settings(|settings| settings.closed_until = Some(crate::support::TODAY));
    let rejected = create(&site).await;
    assert_eq!(rejected.status, 403);
    assert!(rejected.text().contains("Period is closed"));
    assert!(rejected.header("content-type").starts_with("text/html"));
    assert_eq!(site.delete(&format!("/4/worklogs/{id}")).await.status, 403);
    assert_eq!(site.put(&format!("/4/worklogs/{id}"), new_worklog()).await.status, 403);
    site.sandbox.settings(|settings| settings.forbidden_as_json = true);
    assert_eq!(create(&site).await.message(), "Period is closed");

    let bypass = format!("/4/worklogs/{id}?bypassPeriodClosuresAndApprovals=true");
    let lead = format!("Bearer {LEAD_TEMPO_TOKEN}");
    assert_eq!(site.send_as(&lead, "DELETE", &bypass, None).await.status, 403, "Override Mode is off");
    site.sandbox.settings(|settings| settings.allow_overrides = true);
    assert_eq!(site.delete(&bypass).await.status, 403, "the user is not an administrator");
    assert_eq!(site.send_as(&lead, "DELETE", &bypass, None).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn daily_limit_applies_to_creates_and_updates() {
    let site = site();
    site.sandbox.settings(|settings| settings.max_seconds_per_day = Some(4 * 3600));
    let id = create(&site).await.json()["tempoWorklogId"].to_string();
    let rejected = create(&site).await;
    assert_eq!(rejected.status, 400, "2.5 h were logged before, so the second hour exceeds 4 h");
    assert_eq!(rejected.message(), "Logged time exceeds the maximum of 4 hours per day");
    assert_eq!(
        site.put(&format!("/4/worklogs/{id}"), new_worklog()).await.status,
        200,
        "the replaced worklog is not counted"
    );
    assert_eq!(site.get("/4/globalconfiguration").await.json()["maxHoursPerDayPerUser"], 4);
}

#[tokio::test(start_paused = true)]
async fn errors_take_every_known_shape() {
    let site = site();
    let shapes = [
        (ErrorShape::Array, json!([{"message": "Worklog cannot be found in the system"}])),
        (ErrorShape::Object, json!({"message": "Worklog cannot be found in the system"})),
        (ErrorShape::String, json!("Worklog cannot be found in the system")),
    ];
    for (shape, errors) in shapes {
        site.sandbox.settings(|settings| settings.error_shape = shape);
        assert_eq!(site.get("/4/worklogs/1").await.json(), json!({"errors": errors}));
    }
}

#[tokio::test(start_paused = true)]
async fn missing_start_time_is_the_default_or_left_out() {
    let site = site();
    site.sandbox.settings(|settings| settings.default_start_time = None);
    let created = create(&site).await.json();
    assert_eq!(created.get("startTime"), None);
    assert_eq!(created.get("startDateTimeUtc"), None);
    site.sandbox.settings(|settings| settings.default_start_time = Some("06:30:00".to_owned()));
    assert_eq!(create(&site).await.json()["startTime"], "06:30:00");
}

#[tokio::test(start_paused = true)]
async fn account_attribute_can_have_another_key() {
    let site = site();
    site.sandbox.settings(|settings| settings.account_attribute_key = "_Customer_".to_owned());
    let attributes = site.get("/4/work-attributes").await.json();
    assert_eq!(attributes["results"][0]["key"], "_Customer_");
    assert_eq!(attributes["results"][0]["type"], "ACCOUNT");
    let mut body = new_worklog();
    body["attributes"] = json!([{"key": "_Customer_", "value": "HARBOR-DEV"}]);
    let created = site.post("/4/worklogs", body.clone()).await.json();
    assert_eq!(created["attributes"]["values"][0], json!({"key": "_Customer_", "value": "HARBOR-DEV"}));
    body["attributes"][0]["key"] = "_Account_".into();
    assert_eq!(site.post("/4/worklogs", body).await.status, 400);
    let found = site.get("/4/worklogs/account/HARBOR-DEV?from=2025-03-20").await.json();
    assert!(
        found["results"]
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["tempoWorklogId"] == created["tempoWorklogId"])
    );
}

#[tokio::test(start_paused = true)]
async fn user_without_schedule_gets_no_days_or_404() {
    let site = site();
    let path = "/4/user-schedule?from=2025-03-01&to=2025-03-31";
    site.sandbox.settings(|settings| settings.no_schedule = Some(NoSchedule::Empty));
    assert_eq!(site.get(path).await.json()["results"], json!([]));
    site.sandbox.settings(|settings| settings.no_schedule = Some(NoSchedule::NotFound));
    assert_eq!(site.get(path).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn work_too_far_in_the_future_is_rejected() {
    let site = site();
    let mut body: Value = new_worklog();
    body["startDate"] = "2025-04-20".into();
    assert_eq!(site.post("/4/worklogs", body.clone()).await.status, 200);
    site.sandbox.settings(|settings| settings.days_into_future = 30);
    assert_eq!(site.post("/4/worklogs", body).await.status, 400);
}
