//! A hosted service in a process of its own, and the requests of a browser that signs people up.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread::JoinHandle,
};

use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

use crate::{
    program::{Run, finish, program},
    site::Site,
};

pub(crate) const KEY: &str = "the first key is long enough for anybody";
pub(crate) const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;

/// A folder for one test, removed at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tempo-mcp-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("t.sqlite")
    }

    pub(crate) fn database(&self) -> String {
        format!("sqlite:{}", self.file().display())
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.0.join("t.sqlite.key")
    }

    /// Runs an operator's command with [`KEY`].
    pub(crate) fn operate(&self, arguments: &[&str]) -> Run {
        let mut command = bare();
        finish(command.args(arguments).args(["--database", &self.database()]).env("ENCRYPTION_KEY", KEY))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The program with no variable of the service set.
pub(crate) fn bare() -> Command {
    let mut command = program();
    for name in [
        "ENCRYPTION_KEY",
        "ENCRYPTION_KEY_FILE",
        "ENCRYPTION_KEY_PREVIOUS",
        "ALLOWED_ORIGIN",
        "ALLOWED_JIRA_HOSTS",
    ] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn serve(folder: &Folder) -> Command {
    let mut command = bare();
    command.args(["serve", "--database", &folder.database()]);
    command
}

/// A service under [`KEY`] for the simulated site. Each sign-up comes from an address of its own, as through a proxy.
pub(crate) fn serve_site(folder: &Folder, site: &Site) -> Command {
    let mut command = serve(folder);
    command.args(["--trusted-proxies", "127.0.0.1"]).env("ENCRYPTION_KEY", KEY);
    let base = site.value("TEMPO_BASE_URL");
    command.envs(["TEMPO_BASE_URL", "ATLASSIAN_API_URL", "ALLOWED_JIRA_HOSTS"].map(|name| (name, base)));
    command
}

/// Status and the whole response with its head.
pub(crate) type Answer = (u16, String);

/// A running service, and the line that it printed.
pub(crate) struct Service {
    pub(crate) child: Child,
    pub(crate) url: String,
    stderr_lines: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Service {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::start_with_tenants(command, 1).0
    }

    /// Starts a service that prints this many URLs, and returns all of them.
    pub(crate) fn start_with_tenants(command: &mut Command, count: usize) -> (Self, Vec<String>) {
        let mut child = command.args(["--listen", "127.0.0.1:0"]).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let urls: Vec<String> = lines.take(count).map_while(Result::ok).collect();
        let (stderr_lines, stderr) = (Arc::new(Mutex::new(String::new())), child.stderr.take().unwrap());
        let sink = stderr_lines.clone();
        // Read all the time: a full pipe would block the service.
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                sink.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let url = urls.first().cloned().unwrap_or_default();
        (Self { child, url, stderr_lines, reader: Some(reader) }, urls)
    }

    pub(crate) fn address(&self) -> &str {
        let rest = self.url.strip_prefix("http://").unwrap();
        rest.split('/').next().unwrap()
    }

    /// Everything on standard error so far.
    pub(crate) fn stderr(&self) -> String {
        self.stderr_lines.lock().unwrap().clone()
    }

    /// Kills the service, and returns everything that it wrote to standard error.
    pub(crate) fn log(mut self) -> String {
        self.child.kill().unwrap();
        self.reader.take().unwrap().join().unwrap();
        self.stderr()
    }

    pub(crate) fn ask(&self, head: &str, body: &str) -> Answer {
        ask(self.address(), head, body).unwrap()
    }

    /// The status of `tools/list` at a personal URL, which may be of an earlier service on the same database.
    pub(crate) fn list(&self, url: &str) -> u16 {
        self.ask(&format!("POST {} HTTP/1.1\r\nContent-Type: application/json", path_of(url)), LIST).0
    }

    /// A tool call at a personal URL.
    pub(crate) fn call(&self, url: &str, id: u64, tool: &str, arguments: Value) -> Answer {
        call(self.address(), url, id, tool, arguments).unwrap()
    }

    /// The URL that the page shows to the simulation's main user.
    pub(crate) fn sign_up(&self, site: &Site) -> String {
        let (status, page) = sign_up(self.address(), site).unwrap();
        assert_eq!(status, 200, "{page}");
        shown(&page).unwrap()
    }

    #[cfg(unix)]
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    #[cfg(unix)]
    pub(crate) fn end(mut self) -> Option<i32> {
        self.terminate();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn path_of(url: &str) -> &str {
    &url[url.find("/mcp/").unwrap()..]
}

/// Sends one request on a new connection.
///
/// # Errors
/// The service is gone.
pub(crate) fn ask(address: &str, head: &str, body: &str) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(
        stream,
        "{head}\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    read_answer(&mut stream)
}

/// Reads until the connection is closed.
///
/// # Errors
/// There was no whole response.
pub(crate) fn read_answer(stream: &mut TcpStream) -> std::io::Result<Answer> {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes);
    let answer = String::from_utf8_lossy(&bytes).into_owned();
    match answer.split(' ').nth(1).and_then(|it| it.parse().ok()) {
        Some(status) => Ok((status, answer)),
        None => Err(end.err().unwrap_or_else(|| std::io::ErrorKind::UnexpectedEof.into())),
    }
}

pub(crate) fn call(
    address: &str,
    url: &str,
    id: u64,
    tool: &str,
    arguments: Value,
) -> std::io::Result<Answer> {
    let params = json!({ "name": tool, "arguments": arguments });
    let body = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params });
    let head = format!("POST {} HTTP/1.1\r\nContent-Type: application/json", path_of(url));
    ask(address, &head, &body.to_string())
}

/// Opens the form and sends it, filled in for the simulation's main user.
pub(crate) fn sign_up(address: &str, site: &Site) -> std::io::Result<Answer> {
    let cookie = form_cookie(address)?;
    post_form(address, "/setup", &cookie, &[], &filled_in(site))
}

/// Name and value of the cookie that comes with a form; its token is in the form too.
pub(crate) fn form_cookie(address: &str) -> std::io::Result<String> {
    let (_, page) = ask(address, "GET /setup HTTP/1.1", "")?;
    let cookie = page.lines().find_map(|it| it.strip_prefix("set-cookie: "));
    Ok(cookie.and_then(|it| it.split(';').next()).unwrap_or_default().to_owned())
}

pub(crate) fn filled_in(site: &Site) -> [(&str, &str); 4] {
    [
        ("jiraBaseUrl", "JIRA_BASE_URL"),
        ("jiraEmail", "JIRA_EMAIL"),
        ("jiraApiToken", "JIRA_API_TOKEN"),
        ("tempoApiToken", "TEMPO_API_TOKEN"),
    ]
    .map(|(field, name)| (field, site.value(name)))
}

/// Sends a form with the token of its cookie.
pub(crate) fn post_form(
    address: &str,
    path: &str,
    cookie: &str,
    headers: &[&str],
    fields: &[(&str, &str)],
) -> std::io::Result<Answer> {
    static FROM: AtomicU32 = AtomicU32::new(0);
    let from = std::net::Ipv4Addr::from(0x0a00_0000 + FROM.fetch_add(1, Ordering::Relaxed));
    let token = cookie.split_once('=').map_or("", |(_, it)| it);
    let body = Serializer::new(String::new()).append_pair("token", token).extend_pairs(fields).finish();
    let more: String = headers.iter().map(|it| format!("\r\n{it}")).collect();
    let head = format!("POST {path} HTTP/1.1\r\nCookie: {cookie}\r\nX-Forwarded-For: {from}{more}");
    ask(address, &head, &body)
}

/// The path of the personal URL that a page shows, if it shows one.
pub(crate) fn shown(page: &str) -> Option<String> {
    let url = &page[page.find("/mcp/u_")?..];
    let (url, _) = url.split_once(['"', '<', ' '])?;
    Some(url.to_owned())
}
