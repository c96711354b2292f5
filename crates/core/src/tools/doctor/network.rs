//! The network path to each vendor: host name, proxy, TLS, and whether the clocks agree.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::report::{Check, Section};
use crate::{
    config::Config,
    ports::{HttpErrorKind, NetworkFacts, Ports},
    tools::messages,
    upstream::{self, Call, Error, ErrorKind, Vendor},
};

/// "Today" and reconciliation tolerate some minutes, and certificates tolerate days.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(5);

pub(super) struct NetworkPath {
    pub(super) section: Section,
    pub(super) is_reached: bool,
}

pub(super) async fn to_tempo(config: &Config, ports: &Ports, facts: &dyn NetworkFacts) -> NetworkPath {
    let call = Call::get(&["4", "globalconfiguration"]);
    examine(Vendor::Tempo, &config.tempo.base, &call, ports, facts).await
}

pub(super) async fn to_jira(config: &Config, ports: &Ports, facts: &dyn NetworkFacts) -> NetworkPath {
    let call = Call::get(&["_edge", "tenant_info"]);
    examine(Vendor::Jira, config.jira.site.base(), &call, ports, facts).await
}

async fn examine(
    vendor: Vendor,
    base: &Url,
    call: &Call,
    ports: &Ports,
    facts: &dyn NetworkFacts,
) -> NetworkPath {
    let host = base.host_str().unwrap_or_default();
    let title = format!("Connection to {vendor} ({host})");
    let proxy = facts.proxy(base);
    let next = proxy.as_deref().unwrap_or(host);
    let mut checks = Vec::new();
    if !facts.has_address(next).await {
        checks.push(unknown_name(vendor, next, proxy.is_some()));
        return NetworkPath { section: Section::new(title, checks), is_reached: false };
    }
    checks.push(Check::good("Name", format!("{next} can be resolved")));
    let reached = upstream::reach(&*ports.http, base, call).await;
    checks.extend(connection(vendor, base, proxy.as_deref(), reached.as_ref().err().copied()));
    if let Ok(date) = &reached {
        checks.push(clock(vendor, *date, ports.clock.now()));
    }
    NetworkPath { section: Section::new(title, checks), is_reached: reached.is_ok() }
}

fn unknown_name(vendor: Vendor, host: &str, is_proxy: bool) -> Check {
    let finding = format!("the name {host} cannot be resolved");
    if is_proxy {
        return Check::bad(
            "Proxy",
            finding,
            "Check the proxy's host name in HTTPS_PROXY, and the network or VPN.",
        );
    }
    let variable = messages::variable_of(vendor);
    Check::bad(
        "Name",
        finding,
        format!("Check {variable} for a typing error, and the network, VPN or DNS server."),
    )
}

/// The proxy and TLS. If one of them fails, only what is known of it is reported.
fn connection(vendor: Vendor, base: &Url, proxy: Option<&str>, error: Option<HttpErrorKind>) -> Vec<Check> {
    let failed = |name: &str, cause: HttpErrorKind| {
        Check::failed(name, &Error { vendor, kind: ErrorKind::Unreachable { sent: false, cause } })
    };
    let through = match proxy {
        Some(proxy) => Check::good("Proxy", format!("{proxy} accepts the connection")),
        None => Check::note("Proxy", "none"),
    };
    match error {
        Some(cause @ HttpErrorKind::Proxy) => vec![failed("Proxy", cause)],
        Some(cause @ HttpErrorKind::Tls) => vec![through, failed("TLS", cause)],
        Some(cause) => vec![failed("Connection", cause)],
        None if base.scheme() == "https" => {
            vec![through, Check::good("TLS", "encrypted, and the certificate is trusted")]
        }
        None => vec![through, Check::note("TLS", "none: the address is on this machine")],
    }
}

fn clock(vendor: Vendor, date: Option<Timestamp>, now: Timestamp) -> Check {
    let Some(date) = date else {
        return Check::note("Clock", format!("{vendor} did not send the time"));
    };
    let ahead = now.duration_since(date);
    if ahead.abs() <= MAX_SKEW {
        return Check::good("Clock", format!("agrees with {vendor}'s"));
    }
    let side = if ahead.is_positive() { "ahead of" } else { "behind" };
    Check::bad(
        "Clock",
        format!("this machine's clock is {} {side} {vendor}'s", length(ahead)),
        "Set the clock, for example by NTP. Certificates and the current date depend on it.",
    )
}

/// A length in minutes, hours or days.
fn length(time: SignedDuration) -> String {
    let minutes = time.abs().as_mins();
    match minutes {
        0..120 => format!("{minutes} minutes"),
        120..2880 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}
