//! `tempo-mcp install` and `uninstall`: this program into an MCP client's configuration, and out of it again.

mod ask;
mod difference;
mod values;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use jsonc_parser::cst::CstInputValue;
use tempo_mcp_core::tools::doctor::Report;
use url::Url;

use crate::{
    cli::Global,
    client_config::{
        Client,
        document::{Change, Document},
        entry::{Entry, Kind},
        places::Places,
    },
    doctor,
    ports::Edge,
    style::Style,
    usage,
};
use ask::{Ask, Default};
use values::{INPUTS, Values};

#[derive(Args)]
pub(crate) struct Install {
    #[command(flatten)]
    choice: Choice,

    /// The address of a hosted service, instead of this program
    #[arg(long, value_name = "URL")]
    remote: Option<Url>,
}

#[derive(Args)]
pub(crate) struct Uninstall {
    #[command(flatten)]
    choice: Choice,
}

#[derive(Args)]
struct Choice {
    /// The client; without one, every client on this machine is asked about
    client: Option<Client>,

    /// Only show the change
    #[arg(long)]
    print: bool,

    /// Ask nothing: for scripts, with the variables in the environment
    #[arg(long)]
    yes: bool,
}

/// How far to go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Show,
    Write,
}

/// The clients that were chosen, and who answers for them.
struct Chosen {
    places: Places,
    clients: Vec<Client>,
    ask: Box<dyn Ask>,
    way: Way,
}

pub(crate) async fn install(global: &Global, options: Install) -> ExitCode {
    let mut chosen = match options.choice.chosen("Install tempo-mcp in") {
        Ok(chosen) => chosen,
        Err(why) => return usage(&why),
    };
    let mut failed = false;
    for client in chosen.clients.clone() {
        let done = one(global, &mut chosen, client, options.remote.as_ref()).await;
        failed |= told(&chosen.places, client, done);
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

pub(crate) fn uninstall(options: Uninstall) -> ExitCode {
    let mut chosen = match options.choice.chosen("Look for tempo-mcp in") {
        Ok(chosen) => chosen,
        Err(why) => return usage(&why),
    };
    let mut failed = false;
    for client in chosen.clients.clone() {
        let done = take_out(&mut chosen, client);
        failed |= told(&chosen.places, client, done);
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

impl Choice {
    /// The client that is named; else those that are here and wanted.
    fn chosen(&self, question: &str) -> Result<Chosen, String> {
        let places = Places::here()?;
        let way = if self.print { Way::Show } else { Way::Write };
        let mut ask = ask::somebody(self.yes || self.print)?;
        let mut clients: Vec<Client> = self.client.into_iter().collect();
        if clients.is_empty() {
            for client in Client::ALL.into_iter().filter(|it| places.has(*it)) {
                if ask.yes(&format!("{question} {}?", client.title()), Default::Yes)? {
                    clients.push(client);
                }
            }
        }
        if clients.is_empty() {
            let all = Client::ALL.map(Client::name).join(", ");
            return Err(format!("no client was chosen; these can be named: {all}"));
        }
        Ok(Chosen { places, clients, ask, way })
    }
}

/// Says on standard error what stopped one client; whether something did.
fn told(places: &Places, client: Client, done: Result<(), String>) -> bool {
    if let Err(why) = &done {
        eprintln!("{}: {} {why}", client.title(), places.shown(&places.file(client)));
    }
    done.is_err()
}

async fn one(
    global: &Global,
    chosen: &mut Chosen,
    client: Client,
    remote: Option<&Url>,
) -> Result<(), String> {
    let document = chosen.open(client)?;
    let entries = document.entries();
    let of_kind = |kind: Kind| entries.iter().find(|it| it.kind() == kind);
    let existing = of_kind(Kind::TypeScript).or_else(|| of_kind(Kind::Ours));
    let key = existing.map_or_else(|| free_key(&entries), |it| it.key.clone());
    let change = match remote {
        Some(url) => hosted(client, url)?,
        None => {
            let values = local(global, client, existing, chosen).await?;
            INPUTS.iter().filter(|(name, ..)| values.inputs.contains(name)).for_each(|(_, id, about)| {
                document.add_input(id, about);
            });
            program(global, client, existing, values)?
        }
    };
    document.put(&key, &change);
    // A second one would offer every tool twice.
    let others = entries.iter().filter(|it| it.kind() != Kind::Foreign && it.key != key);
    others.for_each(|it| document.remove(&it.key));
    if remote.is_some() {
        INPUTS.iter().for_each(|(_, id, _)| document.drop_unused_input(id));
    }
    chosen.finish(client, &document)
}

fn free_key(entries: &[Entry]) -> String {
    let is_free = |key: &String| entries.iter().all(|it| it.key != *key);
    let names = ["tempo".to_owned(), "tempo-mcp".to_owned()].into_iter();
    let more = (2..).map(|it| format!("tempo-mcp-{it}"));
    names.chain(more).find(is_free).unwrap_or_default()
}

/// The fields of a local server, which a hosted one does not have, and the other way round.
const LOCAL_ONLY: &[&str] = &["command", "args", "env"];
const HOSTED_ONLY: &[&str] = &["url", "serverUrl", "headers"];
const HOSTED_OR_ARGUMENTS: &[&str] = &["url", "serverUrl", "headers", "args"];

fn hosted(client: Client, url: &Url) -> Result<Change, String> {
    let is_loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if url.scheme() != "https" && !is_loopback {
        return Err("is not changed: the address must begin with https://, since it is personal".into());
    }
    Ok(Change { set: client.remote(url.as_str())?, drop: LOCAL_ONLY, env: Vec::new() })
}

fn program(
    global: &Global,
    client: Client,
    existing: Option<&Entry>,
    values: Values,
) -> Result<Change, String> {
    let path = this_program()?;
    let mut set: Vec<(&str, CstInputValue)> = Vec::new();
    if client.names_the_transport() {
        set.push(("type", "stdio".into()));
    }
    set.push(("command", path.into()));
    if global.sandbox {
        set.push(("args", vec!["--sandbox"].into()));
    }
    // The arguments of the other server, or those of a trial on simulated data.
    let are_stale = existing.is_some_and(|it| it.kind() == Kind::TypeScript || it.args == ["--sandbox"]);
    let drop = if are_stale && !global.sandbox { HOSTED_OR_ARGUMENTS } else { HOSTED_ONLY };
    let env = values.written();
    Ok(Change { set, drop, env })
}

/// The whole path, as clients want it.
fn this_program() -> Result<String, String> {
    let path = std::env::current_exe().and_then(|it| it.canonicalize());
    let path: PathBuf =
        path.map_err(|error| format!("cannot be changed: where this program is, is unknown: {error}"))?;
    let path = path.to_str().ok_or("cannot be changed: this program's path is not text")?;
    // Windows writes canonical paths in a form that not every program starts.
    Ok(path.strip_prefix(r"\\?\").unwrap_or(path).to_owned())
}

/// The variables, tried out with both vendors before anything is written.
async fn local(
    global: &Global,
    client: Client,
    existing: Option<&Entry>,
    chosen: &mut Chosen,
) -> Result<Values, String> {
    if global.sandbox {
        return Ok(Values { pairs: Vec::new(), inputs: Vec::new() });
    }
    let values = values::gather(client, existing, chosen.way, &mut *chosen.ask)?;
    if chosen.way == Way::Show {
        return Ok(values);
    }
    if !values.are_all_known() {
        eprintln!("Not tried out: {} asks for the tokens when it starts the server.", client.title());
        return Ok(values);
    }
    let edge = Edge::real(values.loaded());
    let report = Report::of(&edge.loaded, &edge.context, &*edge.facts()).await;
    let style = Style::of_stderr();
    if report.is_healthy() {
        eprintln!("{} Tempo and Jira accept these values.", style.good("✓"));
        return Ok(values);
    }
    // A missing scope can be lived with; a token that is refused cannot.
    let default = if report.works { Default::Yes } else { Default::No };
    for section in report.failures() {
        eprintln!("{}\n", doctor::section(&section, style));
    }
    if chosen.ask.yes("Write it all the same?", default)? {
        return Ok(values);
    }
    Err("is as it was".into())
}

fn take_out(chosen: &mut Chosen, client: Client) -> Result<(), String> {
    let document = chosen.open(client)?;
    let ours: Vec<Entry> = document.entries().into_iter().filter(|it| it.kind() == Kind::Ours).collect();
    ours.iter().for_each(|it| document.remove(&it.key));
    if !ours.is_empty() {
        INPUTS.iter().for_each(|(_, id, _)| document.drop_unused_input(id));
    }
    chosen.finish(client, &document)
}

impl Chosen {
    fn open(&self, client: Client) -> Result<Document, String> {
        let document = Document::read(client.servers(), &self.places.file(client))?;
        if self.way == Way::Write {
            document.check_writable()?;
        }
        Ok(document)
    }

    /// Shows the change, and makes it where it is wanted.
    fn finish(&mut self, client: Client, document: &Document) -> Result<(), String> {
        let file = self.places.shown(&self.places.file(client));
        let style = Style::of_stdout();
        let (before, after) = (document.before(), document.after());
        if before == after || before.is_empty() && after.trim() == "{}" {
            return say(&format!("{}: nothing to change in {file}", style.strong(client.title())));
        }
        let head = format!("{}  {}", style.strong(client.title()), style.faint(&file));
        say(&format!("{head}\n{}", difference::shown(before, &after, style)))?;
        if self.way == Way::Show {
            return Ok(());
        }
        if self.ask.is_somebody() && !self.ask.yes("Write this?", Default::Yes)? {
            return Err("is as it was".into());
        }
        let backup = document.write()?;
        let kept = backup.map(|it| format!(" What was there is in {}.", name(&it))).unwrap_or_default();
        say(&format!("{} Written.{kept} {}", style.good("✓"), client.next()))
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn say(text: &str) -> Result<(), String> {
    use std::io::Write;
    writeln!(std::io::stdout().lock(), "{text}")
        .map_err(|error| format!("cannot be shown: standard output is closed ({error})"))
}
