//! Checks everything that a local server needs: configuration, network, tokens, and the site. Each failed check says what
//! to do.
//!
//! A report contains no secrets, e-mail addresses or names, so it can be pasted into a ticket. Deliberately elsewhere:
//! printing it, and the checks of clients in which the server is installed (the binary adds those).

mod jira;
mod network;
mod person;
mod report;
mod site;
mod tempo;

use futures::join;

use super::{Clients, Context};
use crate::{
    config::{Config, ConfigError, Loaded, VARIABLES},
    ports::NetworkFacts,
};

pub use report::{Check, Mark, Report, Section};

impl Report {
    /// Checks the configuration, and both vendors with it.
    pub async fn of(loaded: &Loaded, context: &Context, facts: &dyn NetworkFacts) -> Self {
        let own = configuration(loaded);
        let (Ok(config), Ok(clients)) = (&loaded.config, context.clients()) else {
            return Self { sections: vec![own], works: false };
        };
        let mut report = vendors(config, clients, context, facts).await;
        report.sections.insert(0, own);
        report
    }
}

fn configuration(loaded: &Loaded) -> Section {
    let mut checks = match &loaded.config {
        Ok(_) => vec![Check::good("Variables", "all required variables are set")],
        Err(errors) => errors.0.iter().map(of_variable).collect(),
    };
    checks.push(if loaded.read_only {
        Check::note("Writing", "off: TEMPO_MCP_READ_ONLY is set, so only the tools that read are offered")
    } else {
        Check::good("Writing", "on: worklogs can be created, edited and deleted")
    });
    if loaded.config.is_err() {
        checks.push(Check::note("Tempo and Jira", "not checked until the configuration is valid"));
    }
    Section::new("Configuration", checks)
}

fn of_variable(error: &ConfigError) -> Check {
    let about = VARIABLES.iter().find(|it| it.name == error.name()).map_or("", |it| it.about);
    Check::bad("Variable", format!("{} {}", error.name(), error.finding()), format!("Expected: {about}."))
}

async fn vendors(config: &Config, clients: &Clients, context: &Context, facts: &dyn NetworkFacts) -> Report {
    let (read_only, ports) = (context.read_only, &context.ports);
    let (to_tempo, to_jira) =
        join!(network::to_tempo(config, ports, facts), network::to_jira(config, ports, facts));
    let tempo = async {
        match to_tempo.is_reached {
            true => Some(tempo::examine(config, clients, read_only, ports.clock.now()).await),
            false => None,
        }
    };
    let jira = async {
        match to_jira.is_reached {
            true => Some(jira::examine(config, clients, ports).await),
            false => None,
        }
    };
    let (tempo, jira) = join!(tempo, jira);
    let mut sections = vec![to_tempo.section, to_jira.section];
    let reads_tempo = tempo.as_ref().is_some_and(|it| it.is_accepted);
    let identity = jira.as_ref().and_then(|it| it.identity.clone());
    let works = identity.is_some() && tempo.as_ref().is_some_and(|it| it.reads_worklogs);
    sections.push(tempo.map_or_else(|| not_reached("Tempo"), |it| it.section));
    sections.push(jira.map_or_else(|| not_reached("Jira"), |it| it.section));
    if reads_tempo {
        let (same, site) =
            join!(person::examine(clients, identity.as_ref(), ports.clock.now()), site::examine(clients));
        sections.push(Section::new("Tempo and Jira together", vec![same]));
        sections.push(site);
    }
    Report { sections, works }
}

fn not_reached(vendor: &str) -> Section {
    Section::new(vendor, vec![Check::note("Not checked", format!("{vendor} cannot be reached, see above"))])
}
