//! The protocol over standard input and output, in both eras, with malformed input.

use serde_json::{Value, json};

use crate::{
    program::{program, run},
    session::Session,
    site::{Site, TODAY},
};

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// Parameters of a request of 2026-07-28.
fn modern(mut params: Value) -> Value {
    params["_meta"] = json!({VERSION: "2026-07-28", CAPABILITIES: {}});
    params
}

fn is_answered(session: &mut Session) {
    let found = session.call("searchIssues", json!({"text": "login bug"}));
    assert_eq!(found["structuredContent"]["issues"][0]["issueKey"], "WEB-12");
}

#[test]
fn legacy_client_is_served_with_either_line_end() {
    for newline in ["\n", "\r\n"] {
        let mut session = Session::simulated();
        session.newline = newline;
        let hello = session.initialize();
        assert_eq!(hello["protocolVersion"], "2025-11-25");
        assert_eq!(hello["serverInfo"]["name"], "tempo-mcp");
        assert!(hello["instructions"].as_str().unwrap().contains("searchIssues"));
        is_answered(&mut session);
        assert_eq!(session.end().code, Some(0));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn one_thread_serves_one_person() {
    for mut session in [Session::simulated(), Session::start(program().arg("stdio"))] {
        session.initialize();
        assert_eq!(session.threads(), 1);
        session.request("tools/list", json!({}));
        session.request("tools/call", json!({"name": "searchIssues", "arguments": {"text": "login bug"}}));
        assert_eq!(session.threads(), 1);
    }
}

#[test]
fn modern_client_is_served_without_a_session() {
    let mut session = Session::simulated();
    let discovered = session.request("server/discover", modern(json!({})));
    let discovered = &discovered["result"];
    assert!(
        discovered["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")),
        "{discovered}"
    );
    assert!(discovered["instructions"].as_str().unwrap().contains("searchIssues"));
    let listed = session.request("tools/list", modern(json!({})))["result"].clone();
    assert_eq!(listed["tools"].as_array().unwrap().len(), 8);
    assert!(listed["ttlMs"].as_u64().unwrap() > 0);
    let call = json!({"name": "searchIssues", "arguments": {"text": "login bug"}});
    let found = session.request("tools/call", modern(call))["result"].clone();
    assert_eq!(found["structuredContent"]["issues"][0]["issueKey"], "WEB-12");
    assert_eq!(found["resultType"], "complete");
    for result in [&listed, &found] {
        assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "tempo-mcp", "{result}");
    }
    assert_eq!(session.end().code, Some(0));
}

#[test]
fn tools_json_prints_the_result_of_tools_list() {
    let mut session = Session::simulated();
    session.initialize();
    let listed = session.request("tools/list", json!({}));
    let printed: Value = serde_json::from_str(&run(&["tools", "--json"]).out).unwrap();
    assert_eq!(printed, listed["result"]);
}

#[test]
fn garbage_between_messages_is_survived() {
    let mut session = Session::simulated();
    session.send_line("{\"jsonrpc\": \"2.0\", \"id\": 1, \"meth");
    session.send_line("hello?");
    session.initialize();
    session.send_line("");
    session.send_line("}{");
    session.send_line("[1, 2]");
    session.send_line("\u{feff}null");
    is_answered(&mut session);
    assert_eq!(session.end().code, Some(0));
}

#[test]
fn line_that_is_not_json_gets_a_parse_error() {
    let mut session = Session::simulated();
    let is_parse_error = |session: &mut Session| {
        let answer = session.receive().unwrap();
        assert_eq!((&answer["error"]["code"], &answer["id"]), (&json!(-32700), &Value::Null), "{answer}");
    };
    session.send_line("hello?");
    is_parse_error(&mut session);
    session.initialize();
    for line in ["}{", r#"{"jsonrpc": "2.0", "id": 9, "meth"#, r#"{"id": "\ud800"}"#] {
        session.send_line(line);
        is_parse_error(&mut session);
    }
    is_answered(&mut session);
    session.send_line("at the very end");
    let ended = session.end();
    assert!(ended.out.contains("-32700"), "{}", ended.out);
    assert_eq!((ended.code, ended.out.lines().count()), (Some(0), 1), "{}", ended.out);
}

#[test]
fn request_before_initialize_gets_an_error() {
    let mut session = Session::simulated();
    let early = session.request("tools/list", json!({}));
    assert!(early["error"]["message"].is_string(), "{early}");
    session.initialize();
    is_answered(&mut session);
    assert_eq!(session.end().code, Some(0));
}

#[test]
fn notifications_before_initialize_are_ignored() {
    let mut session = Session::simulated();
    session.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    session.send(&json!({"jsonrpc": "2.0", "id": 7, "result": {}}));
    session.initialize();
    is_answered(&mut session);
    assert_eq!(session.end().code, Some(0));
}

#[test]
fn input_that_ends_at_once_is_a_clean_exit() {
    for arguments in [&["stdio"][..], &[], &["--sandbox"]] {
        let ended = run(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{arguments:?}: {}", ended.err);
    }
}

#[test]
fn call_in_progress_is_answered_after_the_input_ends() {
    let site = Site::start();
    let mut session = Session::start(site.program().arg("stdio"));
    session.initialize();
    let slow = json!({"type": "latency", "ms": 300});
    site.faults(json!([{"method": "POST", "path": "/4/worklogs", "effect": slow}]));
    let entry = json!({"issueKey": "WEB-12", "date": TODAY, "timeSpent": "1h"});
    let id = session.ask("tools/call", json!({"name": "createWorklog", "arguments": entry}));
    let ended = session.end();
    let mut answers = ended.out.lines().map(|it| serde_json::from_str::<Value>(it).unwrap());
    let answer = answers.rfind(|it| it["id"] == id).expect("the call was never answered");
    assert_eq!(answer["result"]["structuredContent"]["worklog"]["timeSpentSeconds"], 3600, "{answer}");
    assert_eq!(ended.code, Some(0), "{}", ended.err);
}

#[cfg(unix)]
#[test]
fn termination_signal_is_a_clean_exit() {
    for signal in ["-TERM", "-INT"] {
        let mut session = Session::simulated();
        session.initialize();
        let ended = session.end_by(signal);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{signal}");
    }
}

#[test]
fn trace_log_is_private_and_output_is_only_protocol() {
    let site = Site::start();
    for format in ["text", "json"] {
        let mut command = site.program();
        let command = command.args(["stdio", "--log-format", format]).env("TEMPO_MCP_LOG", "trace");
        let mut session = Session::start(command);
        session.initialize();
        let description = "Quarrel with the auditors";
        let entry =
            json!({"issueKey": "WEB-12", "date": TODAY, "timeSpent": "1h", "description": description});
        let stored = session.call("createWorklog", entry)["structuredContent"]["worklog"].clone();
        session.call("deleteWorklog", json!({"worklogId": stored["worklogId"]}));
        session.call("retrieveWorklogs", json!({"startDate": "2026-03-01", "endDate": TODAY}));
        session.call("createWorklog", json!({"issueKey": "NOPE-1", "date": TODAY, "timeSpent": "1h"}));
        let log = session.end().err;
        assert!(log.contains("worklogs"), "at this level requests are logged: {log}");
        let basic = "YWxleC5ub3Zhaw"; // how base64 of the e-mail address begins
        for private in
            ["sandbox-tempo", "sandbox-jira", "@example.com", basic, "Quarrel", "Stand-up", "712020"]
        {
            assert!(!log.contains(private), "{private} is in the log:\n{log}");
        }
    }
}

#[test]
fn read_only_server_lists_and_runs_no_writing_tools() {
    let mut command = program();
    let mut session = Session::start(command.args(["--sandbox"]).env("TEMPO_MCP_READ_ONLY", "true"));
    session.initialize();
    let listed = session.request("tools/list", json!({}));
    let names: Vec<&str> =
        listed["result"]["tools"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["getMissingWorklogDays", "getWorklogAnalytics", "retrieveWorklogs", "searchIssues"]);
    let refused = session.call("deleteWorklog", json!({"worklogId": "7001"}));
    assert_eq!(refused["isError"], true);
    let words = refused["content"][0]["text"].as_str().unwrap();
    assert!(words.starts_with("deleteWorklog writes, and this server is read-only"), "{words}");
}
