//! Checks of the doctor that need other hosts, another clock or another person. The others are tested with the built
//! program.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use tempo_mcp_core::{
    config::Loaded,
    ports::{Clock, HttpClient, HttpError, NetworkFacts, Ports},
    tools::{
        Context,
        doctor::{Mark, Report},
    },
};
use tempo_sandbox::{COLLEAGUE_EMAIL, COLLEAGUE_JIRA_TOKEN, Options, Sandbox, TEMPO_TOKEN};

use tempo_test_support::site::{TODAY, ports};

struct Everywhere;

#[async_trait]
impl NetworkFacts for Everywhere {
    async fn has_address(&self, _: &str) -> bool {
        true
    }

    fn proxy(&self, _: &url::Url) -> Option<String> {
        None
    }
}

fn sandbox() -> Sandbox {
    Sandbox::new(Options { today: Some(TODAY.parse().unwrap()) })
}

/// All failed checks and the identity check, with finding and advice.
async fn failed_checks(sandbox: &Sandbox, ports: &Ports, variables: &[(&str, &str)]) -> String {
    let mut map: HashMap<String, String> = sandbox
        .environment("http://sandbox.localhost")
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect();
    map.insert("JIRA_TEMPO_ACCOUNT_CUSTOM_FIELD_ID".into(), "10039".into());
    map.extend(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())));
    let loaded = Loaded::from_lookup(&|name| map.get(name).cloned());
    let context = Context::new(&loaded, ports.clone());
    let report = Report::of(&loaded, &context, &Everywhere).await;
    let checks = report.sections.iter().flat_map(|it| &it.checks);
    let shown = checks.filter(|it| it.mark == Mark::Bad || it.name == "Same person");
    let lines =
        shown.map(|it| format!("{}: {} → {}", it.name, it.finding, it.advice.as_deref().unwrap_or("")));
    lines.collect::<Vec<_>>().join("\n")
}

/// Tempo's three addresses. The data is in the Americas.
struct Regions {
    home: Sandbox,
    elsewhere: Sandbox,
}

#[async_trait]
impl HttpClient for Regions {
    async fn send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, HttpError> {
        let is_elsewhere = request.uri().host() == Some("api.eu.tempo.io");
        let sandbox = if is_elsewhere { &self.elsewhere } else { &self.home };
        Ok(sandbox.call(request).await.unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn valid_token_in_wrong_region_differs_from_a_wrong_token() {
    let (home, elsewhere) = (sandbox(), sandbox());
    elsewhere.settings(|it| it.wrong_region = true);
    let regions = Regions { home: home.clone(), elsewhere };
    let ports = Ports { http: Arc::new(regions), ..ports(&home) };
    let checked = async |region: &str, token: &str| {
        let more = [("TEMPO_BASE_URL", ""), ("TEMPO_REGION", region), ("TEMPO_API_TOKEN", token)];
        failed_checks(&home, &ports, &more).await
    };
    for region in ["global", "us"] {
        assert_eq!(checked(region, TEMPO_TOKEN).await, "Same person: both tokens are yours → ");
    }
    expect_test::expect!["Region: the token is valid, but your Tempo data is in another region → Remove TEMPO_REGION and TEMPO_BASE_URL. The address for all regions accepts the token."]
        .assert_eq(&checked("eu", TEMPO_TOKEN).await);
    for region in ["global", "eu"] {
        expect_test::expect!["Token: Tempo does not accept TEMPO_API_TOKEN (401). It is wrong, expired or revoked → Create a new one in Tempo > Settings > API Integration."]
            .assert_eq(&checked(region, "wrong").await);
    }
}

struct Shifted(Arc<dyn Clock>, jiff::SignedDuration);

#[async_trait]
impl Clock for Shifted {
    fn now(&self) -> jiff::Timestamp {
        self.0.now() + self.1
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

#[tokio::test(start_paused = true)]
async fn wrong_clock_is_reported_with_amount_and_direction() {
    let site = sandbox();
    let checked = async |minutes: i64| {
        let shift = jiff::SignedDuration::from_mins(minutes);
        let ports = ports(&site);
        let ports = Ports { clock: Arc::new(Shifted(ports.clock.clone(), shift)), ..ports };
        failed_checks(&site, &ports, &[]).await.lines().next().unwrap().to_owned()
    };
    expect_test::expect!["Clock: this machine's clock is 2 hours"]
        .assert_eq(checked(125).await.split(" ahead").next().unwrap());
    expect_test::expect!["Clock: this machine's clock is 3 days behind Tempo's → Set the clock, for example by NTP. Certificates and the current date depend on it."]
        .assert_eq(&checked(-3 * 1440 - 5).await);
    for minutes in [-4, 0, 4] {
        assert_eq!(checked(minutes).await, "Same person: both tokens are yours → ", "{minutes}");
    }
}

/// Tempo has no request for the token's owner, and does not document that a link names them.
#[tokio::test(start_paused = true)]
async fn login_of_another_person_is_reported_if_tempo_shows_it() {
    let site = sandbox();
    let colleague = [("JIRA_EMAIL", COLLEAGUE_EMAIL), ("JIRA_API_TOKEN", COLLEAGUE_JIRA_TOKEN)];
    assert!(
        failed_checks(&site, &ports(&site), &colleague)
            .await
            .contains("belongs to the account that ends in …0001")
    );
    site.settings(|it| it.schedule_link_names_owner = false);
    for login in [&[][..], &colleague] {
        expect_test::expect!["Same person: probably: the schedules are the same, and Tempo shows no more → "]
            .assert_eq(&failed_checks(&site, &ports(&site), login).await);
    }
}
