//! `tempo-mcp login`, `logout` and `status`, and a call from a terminal.

use std::{
    io::{BufRead, BufReader, Read},
    process::Child,
};

use expect_test::expect;
use url::Url;

use super::home::{Home, agree, url_of};
use crate::{
    program::{Run, finish},
    site::Site,
};

fn run(home: &Home, site: &Site, arguments: &[&str]) -> Run {
    finish(home.program(site).args(arguments))
}

/// The address on standard error; the rest of it goes nowhere.
fn told_by(child: &mut Child) -> Url {
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let url = lines.find_map(|it| url_of(&it)).expect("no address on standard error");
    std::thread::spawn(move || lines.for_each(drop));
    url
}

#[test]
fn login_status_and_logout() {
    let (site, home) = (Site::start(), Home::new());
    let nobody = run(&home, &site, &["status"]);
    assert_eq!((nobody.code, nobody.out.as_str()), (Some(1), ""));
    let refused = run(&home, &site, &["call", "searchIssues", "--text", "login"]);
    assert_eq!(refused.code, Some(1));
    expect![[r#"
        You are not signed in to Jira. Run `tempo-mcp login` in a terminal, with the same variables.
    "#]]
    .assert_eq(&refused.err);

    let mut login = home.program(&site).args(["login", "--no-browser"]).spawn().unwrap();
    let url = told_by(&mut login);
    assert_eq!(agree(&url).status, 200);
    let mut out = String::new();
    login.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert!(login.wait().unwrap().success() && out.starts_with("You are signed in to http://"), "{out}");

    let status = run(&home, &site, &["status"]);
    assert_eq!(status.code, Some(0), "{}", status.err);
    assert!(status.out.contains("renews itself") && !status.out.contains("sandbox-"), "{}", status.out);
    assert_eq!(run(&home, &site, &["call", "searchIssues", "--text", "login"]).code, Some(0));
    assert!(run(&home, &site, &["logout"]).out.starts_with("You are signed out of "));
    assert!(run(&home, &site, &["logout"]).out.starts_with("Nobody was signed in to "));
    assert_eq!(run(&home, &site, &["status"]).code, Some(1));
}

#[test]
fn a_login_that_is_denied_says_so_and_fails() {
    let (site, home) = (Site::start(), Home::new());
    let mut login = home.program(&site).arg("login").spawn().unwrap();
    let mut stderr = BufReader::new(login.stderr.take().unwrap());
    let mut line = String::new();
    let url = loop {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "no address on standard error");
        if let Some(url) = url_of(&line) {
            break url;
        }
    };
    let state = super::home::query(&url, "state");
    super::home::get(&format!("{}?error=access_denied&state={state}", super::home::redirect_of(&url)));
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(login.wait().unwrap().code(), Some(1));
    assert!(rest.contains("refused in the browser"), "{rest}");
}

#[test]
fn without_oauth_there_is_nothing_to_sign_in_to() {
    let (site, home) = (Site::start(), Home::new());
    for command in ["login", "logout", "status"] {
        let refused = finish(site.program().arg(command).env("HOME", home.path("")));
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains("JIRA_AUTH_TYPE is not oauth"), "{}", refused.err);
    }
    let mut unset = home.program(&site);
    unset.arg("login").env_remove("JIRA_OAUTH_CLIENT_SECRET").env_remove("TEMPO_API_TOKEN");
    let refused = finish(&mut unset);
    assert_eq!(refused.code, Some(2));
    expect![[r#"
        tempo-mcp: signing in needs these variables:
        - JIRA_OAUTH_CLIENT_SECRET is missing: secret of your Atlassian app (oauth only)
    "#]]
    .assert_eq(&refused.err);
}

/// No shell comes between: a program of any name gets the whole address as one argument.
#[cfg(unix)]
#[test]
fn the_browser_gets_the_address() {
    use std::os::unix::fs::PermissionsExt;
    let (site, home) = (Site::start(), Home::new());
    std::fs::create_dir_all(home.path("")).unwrap();
    let (pipe, browser) = (home.path("pipe"), home.path("a browser; exit"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::write(&browser, format!("#!/bin/sh\nprintf '%s|%s' \"$#\" \"$1\" > '{}'\n", pipe.display()))
        .unwrap();
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut login = home.program(&site).arg("login").env("BROWSER", &browser).spawn().unwrap();
    let url = told_by(&mut login);
    let opened = std::fs::read_to_string(&pipe).unwrap();
    assert_eq!(opened, format!("1|{url}"));
    agree(&url);
    assert!(login.wait().unwrap().success());
}
