//! What a Tempo site requires of a worklog, in words that follow "This Tempo site".

use crate::domain::{
    site::SiteRequirement,
    text::{identifier, quoted},
};

const MAX_CHOICES: usize = 20;

/// One line per requirement.
pub(in crate::tools) fn requirements(all: &[SiteRequirement]) -> Vec<String> {
    all.iter().map(requirement).collect()
}

pub(in crate::tools) fn requirement(it: &SiteRequirement) -> String {
    match it {
        SiteRequirement::RemainingEstimate => {
            "requires a remaining estimate: set remainingEstimateHours".into()
        }
        SiteRequirement::Description => "requires a description".into(),
        SiteRequirement::MaxPerDay(time) => format!("allows at most {time} per person and day"),
        SiteRequirement::MaxDaysAhead(days) => format!("allows worklogs at most {days} days ahead"),
        SiteRequirement::NoStartTimes => "does not use start times".into(),
        SiteRequirement::Attribute(attribute) => {
            let allowed = match attribute.choices.as_slice() {
                [] if attribute.is_account => ": the key of a Tempo account".to_owned(),
                [] => String::new(),
                some => format!(", one of {}", labels(some)),
            };
            let (name, key) = (quoted(&attribute.name), identifier(&attribute.key, 100));
            format!("requires the work attribute {name} (key {key}){allowed}")
        }
    }
}

/// The labels of a list attribute, as many as a person would read.
pub(in crate::tools) fn labels(choices: &[(String, String)]) -> String {
    let shown: Vec<String> = choices.iter().take(MAX_CHOICES).map(|(_, label)| quoted(label)).collect();
    let rest = choices.len().saturating_sub(MAX_CHOICES);
    if rest == 0 { shown.join(", ") } else { format!("{} and {rest} more", shown.join(", ")) }
}
