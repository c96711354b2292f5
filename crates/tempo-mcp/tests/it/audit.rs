//! The audit stream of the built program: in the log, and as an operator exports it.

use serde_json::{Value, json};
use tempo_sandbox::{COLLEAGUE_EMAIL, MAIN_EMAIL};

use crate::{
    program::Run,
    service::{Folder, KEY, Service, filled_in, form_cookie, post_form, serve, serve_site},
    site::Site,
};

fn events(run: &Run) -> Vec<Value> {
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    run.out.lines().map(|it| serde_json::from_str(it).expect("every line is JSON")).collect()
}

fn names(events: &[Value]) -> Vec<(&str, Option<&str>)> {
    events.iter().map(|it| (it["event"].as_str().unwrap(), it["detail"].as_str())).collect()
}

/// The events in a log, which may have lines of any other format.
fn logged(log: &str) -> Vec<Value> {
    let lines = log.lines().filter(|it| it.contains("\"target\":\"tempo_mcp::audit\""));
    lines.map(|it| serde_json::from_str(it).expect("an event is one JSON object on one line")).collect()
}

#[test]
fn events_are_logged_as_json_and_exported_alike() {
    for format in ["text", "json"] {
        let (folder, site) = (Folder::new(&format!("audit-{format}")), Site::start());
        let mut command = serve_site(&folder, &site);
        command.args(["--log-format", format]).env("TEMPO_MCP_LOG", "info");
        let service = Service::start(&mut command);
        let url = service.sign_up(&site);
        let address = service.address().to_owned();
        let cookie = form_cookie(&address).unwrap();
        let mut wrong = filled_in(&site);
        wrong[3].1 = "made-up-token-77";
        post_form(&address, "/setup", &cookie, &[], &wrong).unwrap();
        let open = [("action", "open"), ("url", url.as_str())];
        assert_eq!(post_form(&address, "/manage", &cookie, &[], &open).unwrap().0, 200);
        let exported = events(&folder.operate(&["audit", "export"]));
        let expected =
            [("sign-up", None), ("sign-up refused", Some("not accepted: Tempo API token")), ("opened", None)];
        assert_eq!(names(&exported), expected);
        let log = service.log();
        assert_eq!(logged(&log), exported, "{format}");
        for event in &exported {
            // The address that the trusted proxy names, not the proxy's.
            assert!(event["client"].as_str().unwrap().starts_with("10.0."), "{event}");
            assert_eq!(event["request"].as_str().unwrap().len(), 8);
        }
        let all = format!("{exported:?}{log}");
        for secret in [&url[5..], site.value("TEMPO_API_TOKEN"), MAIN_EMAIL, "made-up-token-77"] {
            assert!(!all.contains(secret), "{secret} is in {all}");
        }
    }
}

#[test]
fn operators_commands_are_events_without_their_arguments() {
    let (folder, site) = (Folder::new("audit-operator"), Site::start());
    let service = Service::start(&mut serve_site(&folder, &site));
    service.sign_up(&site);
    let first = events(&folder.operate(&["audit", "export"]));
    let tenant = first[0]["tenant"].as_str().unwrap();
    folder.operate(&["tenants", "list"]);
    folder.operate(&["tenants", "count", "--email", COLLEAGUE_EMAIL]);
    folder.operate(&["backup", &folder.0.join("copy.sqlite").display().to_string()]);
    folder.operate(&["keys", "status"]);
    let own = events(&folder.operate(&["audit", "export", "--tenant", tenant]));
    assert_eq!(names(&own), [("sign-up", None)]);
    folder.operate(&["tenants", "delete", "--email", MAIN_EMAIL]);
    let run = folder.operate(&["audit", "export"]);
    let all: Vec<Value> = names(&events(&run)).into_iter().map(|(a, b)| json!([a, b])).collect();
    let expected = [
        json!(["operator: audit export", "1 events"]),
        json!(["operator: tenants list", "all: 1"]),
        json!(["operator: tenants count", "by e-mail address: 0"]),
        json!(["operator: backup", null]),
        json!(["operator: keys status", null]),
        json!(["operator: audit export", "1 events"]),
        json!(["operator: tenants delete", "by e-mail address: 1"]),
    ];
    assert_eq!(all, expected, "the tenant's own events went with it");
    assert!(!run.out.contains('@') && !run.out.contains(tenant), "{}", run.out);
    let none = folder.operate(&["audit", "export", "--since", "2999-01-01"]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""));
    let wrong = folder.operate(&["audit", "export", "--since", "soon"]);
    assert!(wrong.code == Some(1) && wrong.err.contains("neither a day"), "{}", wrong.err);
}

#[test]
fn missing_rate_limits_are_reported_as_an_error() {
    let folder = Folder::new("unlimited");
    let start = |limit: &str| {
        let mut command = serve(&folder);
        let service = Service::start(command.env("ENCRYPTION_KEY", KEY).env("TEMPO_MCP_RATE_LIMIT", limit));
        service.log()
    };
    let log = start("off");
    let error = log.lines().find(|it| it.contains("ERROR")).unwrap_or_default();
    assert!(error.contains("rate limits and throttling are off") && error.contains("RATE_LIMIT"), "{log}");
    assert!(!start("on").contains("ERROR"));
}
