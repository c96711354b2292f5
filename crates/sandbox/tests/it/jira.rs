//! Jira's users, issues, fields, projects and permissions.

use serde_json::{Value, json};
use tempo_sandbox::{
    ACCOUNT_FIELD, COLLEAGUE_ACCOUNT_ID, FORMER_ACCOUNT_ID, MAIN_ACCOUNT_ID, MAIN_EMAIL, MAIN_ZONE,
};

use crate::support::{Response, Site, site};

#[tokio::test(start_paused = true)]
async fn myself_can_hide_email_and_time_zone_or_be_forbidden() {
    let site = site();
    let myself = site.get("/rest/api/3/myself").await.json();
    assert_eq!(myself["accountId"], MAIN_ACCOUNT_ID);
    assert_eq!(myself["timeZone"], MAIN_ZONE);
    assert_eq!(myself["emailAddress"], MAIN_EMAIL);
    site.sandbox.settings(|settings| {
        settings.hide_time_zone = true;
        settings.hide_email = true;
    });
    let myself = site.get("/rest/api/3/myself").await.json();
    assert_eq!((myself.get("timeZone"), myself.get("emailAddress")), (None, None));
    site.sandbox.settings(|settings| settings.myself_refused = true);
    assert_eq!(site.get("/rest/api/3/myself").await.status, 403);
}

#[tokio::test(start_paused = true)]
async fn users_are_found_by_prefix_id_and_in_bulk() {
    let site = site();
    let names = async |query: &str| -> Vec<Value> {
        let found = site.get(&format!("/rest/api/3/user/search?query={query}")).await.json();
        found.as_array().unwrap().iter().map(|user| user["displayName"].clone()).collect()
    };
    assert_eq!(names("pri").await, ["Priya Raman"]);
    assert_eq!(names("NOV").await, ["Alex Novak"]);
    assert_eq!(names("alex.novak%40").await, ["Alex Novak"]);
    assert_eq!(names("zzz").await, Vec::<Value>::new());
    assert_eq!(site.get("/rest/api/3/user/search").await.status, 400);
    let path = format!(
        "/rest/api/3/user/bulk?accountId={COLLEAGUE_ACCOUNT_ID}&accountId={FORMER_ACCOUNT_ID}&accountId=x"
    );
    let bulk = site.get(&path).await.json();
    assert_eq!((&bulk["total"], &bulk["maxResults"], &bulk["isLast"]), (&json!(2), &json!(10), &json!(true)));
    assert_eq!(bulk["values"][1]["active"], false);
    assert_eq!(site.get("/rest/api/3/user/bulk").await.status, 400);
    let one = site.get(&format!("/rest/api/3/user?accountId={COLLEAGUE_ACCOUNT_ID}")).await.json();
    assert_eq!(one["displayName"], "Priya Raman");
    assert_eq!(site.get("/rest/api/3/user?accountId=x").await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn issue_is_found_by_id_key_and_old_key() {
    let site = site();
    for name in ["12007", "MOB-7", "mob-7", "WEB-9"] {
        let issue = site.get(&format!("/rest/api/3/issue/{name}?fields=summary,project")).await.json();
        assert_eq!(issue["key"], "MOB-7", "{name}");
        assert_eq!(issue["fields"].as_object().unwrap().len(), 2);
    }
    let issue = site.get("/rest/api/3/issue/WEB-12").await.json();
    assert!(issue["fields"]["summary"].as_str().unwrap().starts_with("Login bug"));
    assert_eq!(issue["fields"][ACCOUNT_FIELD], json!({"id": 2, "value": "Harbor Books: Support"}));
    assert_eq!(issue["fields"]["status"]["statusCategory"]["key"], "indeterminate");
    assert_eq!(issue["fields"]["updated"], "2025-03-20T13:00:00.000+0100");
    for missing in ["WEB-999", "99", "SEC-1", "x%2Fy"] {
        let response = site.get(&format!("/rest/api/3/issue/{missing}")).await;
        assert_eq!(response.status, 404);
        let message = "Issue does not exist or you do not have permission to see it.";
        assert_eq!(response.json()["errorMessages"][0], message);
    }
    site.sandbox.settings(|settings| settings.account_field_on_issues = false);
    assert_eq!(site.get("/rest/api/3/issue/WEB-12").await.json()["fields"].get(ACCOUNT_FIELD), None);
}

async fn fetch(site: &Site, names: Vec<String>) -> Response {
    site.post("/rest/api/3/issue/bulkfetch", json!({"issueIdsOrKeys": names, "fields": ["summary"]})).await
}

#[tokio::test(start_paused = true)]
async fn bulk_fetch_leaves_out_missing_issues() {
    let site = site();
    let names = ["web-9", "11012", "WEB-12", "SEC-1", "NOPE-1", "99", "constructor"];
    let response = fetch(&site, names.map(str::to_owned).to_vec()).await.json();
    let keys: Vec<&Value> =
        response["issues"].as_array().unwrap().iter().map(|issue| &issue["key"]).collect();
    assert_eq!(keys, ["WEB-12", "MOB-7"], "by ascending id, each once");
    assert_eq!(response["issueErrors"], json!([]));
    assert_eq!(fetch(&site, Vec::new()).await.status, 400);
    assert_eq!(fetch(&site, (0..101).map(|id| id.to_string()).collect()).await.status, 400);
    assert_eq!(fetch(&site, (0..100).map(|id| id.to_string()).collect()).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn fields_projects_and_permissions_are_listed() {
    let site = site();
    let fields = site.get("/rest/api/3/field").await.json();
    let account = fields.as_array().unwrap().iter().find(|field| field["name"] == "Account").unwrap().clone();
    assert_eq!(account["id"], ACCOUNT_FIELD);
    assert_eq!(account["schema"]["customId"], 10039);
    let projects = site.get("/rest/api/3/project/search").await.json();
    let keys: Vec<&Value> =
        projects["values"].as_array().unwrap().iter().map(|project| &project["key"]).collect();
    assert_eq!(keys, ["INT", "MOB", "OPS", "WEB"]);
    assert_eq!(site.get("/rest/api/3/project/search?maxResults=2").await.json()["isLast"], false);
    let path = "/rest/api/3/mypermissions?permissions=WORK_ON_ISSUES,ADMINISTER";
    let permissions = site.get(path).await.json();
    assert_eq!(permissions["permissions"]["WORK_ON_ISSUES"]["havePermission"], true);
    assert_eq!(permissions["permissions"]["ADMINISTER"]["havePermission"], false);
    assert_eq!(site.get("/rest/api/3/mypermissions").await.status, 400);
    assert_eq!(site.get("/rest/api/3/nothing").await.status, 404);
    assert_eq!(site.get("/rest/api/3/search?jql=x").await.status, 410);
}
