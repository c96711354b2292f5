//! Log lines on the console, which `wrangler tail` and the dashboard show. This is a subscriber of our own: the layers of
//! `tracing-subscriber` are larger than the rest of this crate.

use std::{
    collections::HashMap,
    fmt::{Debug, Write},
    sync::OnceLock,
};

use parking_lot::{Mutex, MutexGuard};
use tempo_mcp_service::audit;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
};
use worker::console_log;

pub(crate) fn start() {
    // Fails where a subscriber is set already: the isolate was started before.
    let _ = tracing::subscriber::set_global_default(Console::default());
}

static LIMIT: OnceLock<LevelFilter> = OnceLock::new();

/// Sets the level once the variables are known: `error`, `warn`, `info` or `off`.
pub(crate) fn limit(text: Option<&str>) {
    if LIMIT.set(text.and_then(|it| it.parse().ok()).unwrap_or(LevelFilter::INFO)).is_ok() {
        tracing::callsite::rebuild_interest_cache();
    }
}

fn limited() -> LevelFilter {
    *LIMIT.get().unwrap_or(&LevelFilter::INFO)
}

#[derive(Default)]
struct Console(Mutex<Spans>);

#[derive(Default)]
struct Spans {
    last: u64,
    /// By id: the text in the log, and the number of handles.
    open: HashMap<u64, (String, usize)>,
    /// The spans around the running code, the outermost first.
    entered: Vec<u64>,
}

impl Console {
    fn spans(&self) -> MutexGuard<'_, Spans> {
        self.0.lock()
    }
}

impl Subscriber for Console {
    /// Libraries only log warnings and errors.
    fn enabled(&self, line: &Metadata<'_>) -> bool {
        *line.level() <= limited()
            && (*line.level() < LevelFilter::INFO || line.target().starts_with("tempo_mcp"))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(limited())
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = span.metadata().name().to_owned();
        span.record(&mut Fields(&mut text));
        let mut spans = self.spans();
        spans.last += 1;
        let id = spans.last;
        spans.open.insert(id, (text, 1));
        Id::from_u64(id)
    }

    /// Our spans have all their fields from the beginning.
    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if event.metadata().target() == audit::TARGET {
            // A JSON object, as in every other log.
            let mut line = String::new();
            event.record(&mut Fields(&mut line));
            console_log!("{}", line.trim_start());
            return;
        }
        let mut line = event.metadata().level().to_string();
        let spans = self.spans();
        for (text, _) in spans.entered.iter().filter_map(|it| spans.open.get(it)) {
            let _ = write!(line, " [{text}]");
        }
        drop(spans);
        event.record(&mut Fields(&mut line));
        console_log!("{}", line.replace(['\n', '\r'], " "));
    }

    fn enter(&self, id: &Id) {
        self.spans().entered.push(id.into_u64());
    }

    fn exit(&self, id: &Id) {
        let mut spans = self.spans();
        if let Some(at) = spans.entered.iter().rposition(|it| *it == id.into_u64()) {
            spans.entered.remove(at);
        }
    }

    fn clone_span(&self, id: &Id) -> Id {
        if let Some((_, handles)) = self.spans().open.get_mut(&id.into_u64()) {
            *handles += 1;
        }
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        let (mut spans, id) = (self.spans(), id.into_u64());
        let Some((_, handles)) = spans.open.get_mut(&id) else { return false };
        *handles -= 1;
        let is_over = *handles == 0;
        if is_over {
            spans.open.remove(&id);
        }
        is_over
    }
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
