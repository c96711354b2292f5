//! What each effect does: before the request is processed, or to the answer afterwards.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Effect;
use crate::{Broken, answer::Answer, call::Call, jira, tempo};

/// What happens in place of processing.
pub(crate) enum Instead {
    Answer(Answer),
    Break(Broken),
    Hang,
}

pub(crate) fn instead(effect: &Effect, call: &Call, now: Timestamp) -> Option<Instead> {
    match effect {
        Effect::Status { status, retry_after, body, media_type } => {
            let mut answer = plain_status(call, *status, now);
            if let Some(body) = body {
                answer.body = body.clone().into();
            }
            if let Some(media_type) = media_type {
                answer.media_type.clone_from(media_type);
            }
            // Without one in the fault there is none in the answer: clients have to cope with that too.
            answer.headers.retain(|(name, _)| *name != "retry-after");
            if let Some(seconds) = retry_after {
                answer = answer.with("retry-after", seconds.to_string());
            }
            Some(Instead::Answer(answer))
        }
        Effect::Html200 => Some(Instead::Answer(Answer::html(200, "Please sign in to continue."))),
        Effect::Redirect { to } => Some(Instead::Answer(Answer::redirect(to))),
        Effect::Refuse => Some(Instead::Break(Broken::BeforeSending)),
        Effect::ResetBefore => Some(Instead::Break(Broken::AnswerLost)),
        Effect::Hang => Some(Instead::Hang),
        _ => None,
    }
}

/// A status in the words of the vendor that owns the path.
fn plain_status(call: &Call, status: u16, now: Timestamp) -> Answer {
    match call.segments.first().map(String::as_str) {
        Some("4") => tempo::errors::plain_status(status),
        _ => jira::errors::plain_status(status, now),
    }
}

/// Endless paging gives the first page again and again, so the handler must not see the offset.
pub(crate) fn prepare(effect: &Effect, call: &mut Call) {
    if *effect == Effect::EndlessPaging {
        call.query.retain(|(name, _)| name != "offset");
        if let Ok(Value::Object(mut body)) = call.json()
            && body.remove("nextPageToken").is_some()
        {
            call.body = Value::Object(body).to_string().into();
        }
    }
}

pub(crate) enum Afterwards {
    Answer(Answer),
    Lost,
    Hang,
}

pub(crate) fn afterwards(effect: &Effect, call: &Call, mut answer: Answer, now: Timestamp) -> Afterwards {
    match effect {
        Effect::ResetAfter => return Afterwards::Lost,
        Effect::HangAfter => return Afterwards::Hang,
        Effect::StatusAfter { status } => answer = plain_status(call, *status, now),
        Effect::CutJson => answer.body = cut(&answer.body),
        Effect::EmptyBody => answer.body = Bytes::new(),
        Effect::WrongMediaType => answer.media_type = "text/plain;charset=UTF-8".to_owned(),
        Effect::WrongShape => answer.body = other_shape(&answer).to_string().into(),
        Effect::ForeignNext { host } => patch(&mut answer, |body| foreign_next(body, host)),
        Effect::EndlessPaging => patch(&mut answer, |body| one_more_page(body, call)),
        _ => {}
    }
    Afterwards::Answer(answer)
}

fn cut(body: &Bytes) -> Bytes {
    let mut half = body.len() / 2;
    // Not inside a character: the fault is cut JSON, not broken UTF-8.
    while half > 0 && body.get(half).is_some_and(|byte| byte & 0xC0 == 0x80) {
        half -= 1;
    }
    body.slice(..half)
}

/// An array where an object is expected, and the other way round.
fn other_shape(answer: &Answer) -> Value {
    match answer.value() {
        Some(Value::Array(_)) => json!({"status": "ok", "data": {"items": 3}}),
        _ => json!([{"status": "ok"}, 3]),
    }
}

fn patch(answer: &mut Answer, change: impl FnOnce(&mut Value)) {
    if answer.status == 200
        && let Some(mut body) = answer.value()
    {
        change(&mut body);
        answer.body = body.to_string().into();
    }
}

fn foreign_next(body: &mut Value, host: &str) {
    let origin = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
    let next = body
        .pointer("/metadata/next")
        .and_then(Value::as_str)
        .unwrap_or("http://x/4/worklogs?offset=50&limit=50");
    let rest =
        url::Url::parse(next).map(|url| url[url::Position::BeforePath..].to_owned()).unwrap_or_default();
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("next".to_owned(), format!("{origin}{rest}").into());
    }
}

fn one_more_page(body: &mut Value, call: &Call) {
    let asked = url::form_urlencoded::parse(call.raw_query.as_bytes()).find(|(name, _)| name == "offset");
    let offset: u64 = asked.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let next_origin = format!("{}{}", call.origin, call.path);
    if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
        let count = metadata.get("count").and_then(Value::as_u64).unwrap_or(0);
        metadata.insert("offset".to_owned(), offset.into());
        metadata.insert("limit".to_owned(), count.into());
        let next = format!("{next_origin}?offset={}&limit={count}", offset + count);
        metadata.insert("next".to_owned(), next.into());
    } else if let Some(results) = body.as_object_mut()
        && results.contains_key("isLast")
    {
        results.insert("isLast".to_owned(), false.into());
        results.insert("nextPageToken".to_owned(), "sandbox-endless".into());
    }
}
