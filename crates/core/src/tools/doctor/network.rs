//! The way to each vendor: its name, the proxy, TLS, and whether the clocks agree.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::{Check, Section};
use crate::{
    config::Config,
    ports::{HttpErrorKind, NetworkFacts, Ports},
    tools::messages,
    upstream::{self, Call, Error, ErrorKind, Vendor},
};

/// "Today" and the search for a lost answer bear a little; a certificate's dates bear days.
const MOST_SKEW: SignedDuration = SignedDuration::from_mins(5);

pub(super) struct Way {
    pub(super) section: Section,
    pub(super) is_reached: bool,
}

pub(super) async fn to_tempo(config: &Config, ports: &Ports, facts: &dyn NetworkFacts) -> Way {
    let call = Call::get(&["4", "globalconfiguration"]);
    examine(Vendor::Tempo, &config.tempo.base, &call, ports, facts).await
}

pub(super) async fn to_jira(config: &Config, ports: &Ports, facts: &dyn NetworkFacts) -> Way {
    let call = Call::get(&["_edge", "tenant_info"]);
    examine(Vendor::Jira, config.jira.site.base(), &call, ports, facts).await
}

async fn examine(vendor: Vendor, base: &Url, call: &Call, ports: &Ports, facts: &dyn NetworkFacts) -> Way {
    let host = base.host_str().unwrap_or_default();
    let title = format!("The way to {vendor} ({host})");
    let proxy = facts.proxy(base);
    let next = proxy.as_deref().unwrap_or(host);
    let mut checks = Vec::new();
    if !facts.has_address(next).await {
        checks.push(unknown_name(vendor, next, proxy.is_some()));
        return Way { section: Section::new(title, checks), is_reached: false };
    }
    checks.push(Check::good("Name", format!("{next} has an address")));
    let answer = upstream::reach(&*ports.http, base, call).await;
    checks.extend(connection(vendor, base, proxy.as_deref(), answer.as_ref().err().copied()));
    if let Ok(date) = &answer {
        checks.push(clock(vendor, *date, ports.clock.now()));
    }
    Way { section: Section::new(title, checks), is_reached: answer.is_ok() }
}

fn unknown_name(vendor: Vendor, host: &str, is_proxy: bool) -> Check {
    let finding = format!("{host} has no address here");
    if is_proxy {
        return Check::bad(
            "Proxy",
            finding,
            "Check the proxy's name in HTTPS_PROXY, and the network or VPN.",
        );
    }
    let variable = messages::variable_of(vendor);
    Check::bad(
        "Name",
        finding,
        format!("Check {variable} for a slip of the pen, and the network, VPN or DNS server."),
    )
}

/// The proxy, and what is behind it: where one of them ends the way, it is named alone.
fn connection(vendor: Vendor, base: &Url, proxy: Option<&str>, failure: Option<HttpErrorKind>) -> Vec<Check> {
    let failed = |name: &str, cause: HttpErrorKind| {
        Check::failed(name, &Error { vendor, kind: ErrorKind::Unreachable { sent: false, cause } })
    };
    let through = match proxy {
        Some(proxy) => Check::good("Proxy", format!("{proxy} lets it through")),
        None => Check::note("Proxy", "none"),
    };
    match failure {
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
        return Check::note("Clock", format!("{vendor} did not tell the time"));
    };
    let ahead = now.duration_since(date);
    if ahead.abs() <= MOST_SKEW {
        return Check::good("Clock", format!("agrees with {vendor}'s"));
    }
    let side = if ahead.is_positive() { "ahead of" } else { "behind" };
    Check::bad(
        "Clock",
        format!("this machine's clock is {} {side} {vendor}'s", length(ahead)),
        "Set the clock, best by the network (NTP): certificates, and what counts as today, depend on it.",
    )
}

/// As long as it matters: days, hours or minutes.
fn length(time: SignedDuration) -> String {
    let minutes = time.abs().as_mins();
    match minutes {
        0..120 => format!("{minutes} minutes"),
        120..2880 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}
