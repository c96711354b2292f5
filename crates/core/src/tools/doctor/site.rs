//! What this Tempo site requires of a worklog, before the first one is refused.

use futures::join;

use super::report::{Check, Section};
use crate::{
    domain::site::{ApprovalPeriod, SiteRequirement, SiteRules},
    tools::{Clients, messages},
};

pub(super) async fn examine(clients: &Clients) -> Section {
    let (rules, attributes) = join!(clients.tempo.rules(), clients.tempo.attributes());
    let mut checks = match attributes {
        Ok(all) => {
            let required: Vec<Check> = all
                .iter()
                .filter(|it| it.required)
                .map(|it| messages::requirement(&SiteRequirement::Attribute(it.clone())))
                .map(|it| Check::note("Attribute", it))
                .collect();
            if required.is_empty() { vec![Check::good("Attributes", "none is required")] } else { required }
        }
        Err(_) => vec![Check::note("Attributes", "this token may not read them")],
    };
    match rules {
        Ok(rules) if rules != SiteRules::default() => checks.extend(of_rules(&rules)),
        _ => checks.push(Check::note(
            "Rules",
            "this token may not read them; the error of a refused worklog shows them",
        )),
    }
    Section::new("What the site requires of a worklog", checks)
}

fn of_rules(rules: &SiteRules) -> Vec<Check> {
    let optional = |name: &str, optional: Option<bool>| {
        optional.map(|it| if it { Check::good(name, "optional") } else { Check::note(name, "required") })
    };
    let times = rules.start_times_enabled.map(|it| {
        let finding = if it { "used" } else { "not used on this site" };
        Check::note("Start times", finding)
    });
    let most = rules.most_per_day.filter(|it| it.0 > 0);
    let most = most.map(|it| Check::note("Daily limit", format!("{it} per person")));
    let ahead = rules.days_into_future.map(|it| Check::note("Ahead", format!("at most {it} days")));
    let period = rules.approval_period.map(|it| {
        let length = match it {
            ApprovalPeriod::Week => "one week",
            ApprovalPeriod::Month => "one month",
        };
        Check::note("Approvals", format!("a timesheet is {length} long"))
    });
    let estimate = optional("Estimate", rules.remaining_estimate_optional);
    let description = optional("Description", rules.description_optional);
    [estimate, description, times, most, ahead, period].into_iter().flatten().collect()
}
