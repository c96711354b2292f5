//! What this Tempo site demands of an entry: facts to know before the first one is refused.

use futures::join;

use super::{Check, Section};
use crate::{
    domain::site::{ApprovalPeriod, SiteRules},
    tools::{Clients, site_rules::of_attribute},
};

pub(super) async fn examine(clients: &Clients) -> Section {
    let (rules, attributes) = join!(clients.tempo.rules(), clients.tempo.attributes());
    let mut checks = match attributes {
        Ok(all) => {
            let required: Vec<Check> = all
                .iter()
                .filter(|it| it.required)
                .map(|it| Check::note("Attribute", of_attribute(it)))
                .collect();
            if required.is_empty() { vec![Check::good("Attributes", "none is required")] } else { required }
        }
        Err(_) => vec![Check::note("Attributes", "not told to this token")],
    };
    match rules {
        Ok(rules) if rules != SiteRules::default() => checks.extend(of_rules(&rules)),
        _ => checks.push(Check::note("Rules", "not told to this token: a refused entry tells them")),
    }
    Section::new("What the site demands of an entry", checks)
}

fn of_rules(rules: &SiteRules) -> Vec<Check> {
    let optional = |name: &str, optional: Option<bool>| {
        optional.map(|it| {
            if it { Check::good(name, "may be left out") } else { Check::note(name, "has to be given") }
        })
    };
    let times = rules.start_times_enabled.map(|it| {
        let finding = if it { "are kept" } else { "are not used on this site" };
        Check::note("Start times", finding)
    });
    let most = rules.most_per_day.filter(|it| it.0 > 0);
    let most = most.map(|it| Check::note("Daily limit", format!("{it} per person")));
    let ahead = rules.days_into_future.map(|it| Check::note("Ahead", format!("at most {it} days")));
    let period = rules.approval_period.map(|it| {
        let length = match it {
            ApprovalPeriod::Week => "a week",
            ApprovalPeriod::Month => "a month",
        };
        Check::note("Approvals", format!("a timesheet spans {length}"))
    });
    let estimate = optional("Estimate", rules.remaining_estimate_optional);
    let description = optional("Description", rules.description_optional);
    [estimate, description, times, most, ahead, period].into_iter().flatten().collect()
}
