//! Asks the user to sign in during a call, by the means that their client declares (URL elicitation).
//!
//! <https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation>

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use parking_lot::Mutex;
use rmcp::{
    RoleServer,
    model::{
        CallToolRequestParams, ClientResult, ElicitRequest, ElicitRequestParams, ElicitationAction,
        InputRequest, InputRequiredResult, ProgressNotificationParam, ProgressToken, ServerRequest,
    },
    service::{Peer, RequestContext},
};
use url::Url;

use crate::era::is_modern;
use tempo_mcp_core::{
    ports::{Caller, PromptOutcome},
    tools::Context,
    upstream::{Error as UpstreamError, ErrorKind, SignInError},
};

/// The sentence that a client shows beside the URL.
const INVITATION: &str = "Sign in to Jira: Atlassian asks whether tempo-mcp may read your issues.";
/// The name of the input request in a result that asks for a sign-in.
const INPUT: &str = "sign-in";
/// The progress at the end of the wait: less than the first step of the work that follows it.
const PROGRESS_AFTER_WAIT: f64 = 0.9;

pub(crate) struct PeerCaller {
    peer: Peer<RoleServer>,
    means: Means,
    has_asked: AtomicBool,
    /// The client's progress token, and the progress that was reported last.
    progress: Option<(ProgressToken, Mutex<f64>)>,
    context: Context,
}

/// How a client can show a URL to its user.
enum Means {
    None,
    /// Before 2026-07-28: by a request during the call.
    Request,
    /// Since 2026-07-28: by a result that asks for input. Holds the URL that an earlier result of this call carried, and
    /// whether the user accepted it.
    Result(Option<(String, bool)>),
}

impl PeerCaller {
    pub(crate) fn new(
        request: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
        tools: Context,
    ) -> Self {
        let declared = context.client_capabilities().and_then(|it| it.elicitation);
        let means = match declared.and_then(|it| it.url) {
            None => Means::None,
            Some(_) if is_modern(context) => Means::Result(shown_before(request)),
            Some(_) => Means::Request,
        };
        let progress = context.meta.get_progress_token().map(|it| (it, Mutex::new(-1.0)));
        Self {
            peer: context.peer.clone(),
            means,
            has_asked: AtomicBool::new(false),
            progress,
            context: tools,
        }
    }
}

/// The URL that an earlier result of this call carried, and whether the user accepted it.
fn shown_before(request: &CallToolRequestParams) -> Option<(String, bool)> {
    let action = request.input_responses.as_ref()?.get(INPUT)?.get("action")?;
    Some((request.request_state.clone()?, action == "accept"))
}

#[async_trait]
impl Caller for PeerCaller {
    async fn show(&self, url: &Url) -> PromptOutcome {
        match &self.means {
            Means::None => PromptOutcome::Unsupported,
            Means::Result(Some((given, accepted))) if given == url.as_str() => {
                if *accepted {
                    PromptOutcome::Opened
                } else {
                    PromptOutcome::Declined
                }
            }
            Means::Result(_) => PromptOutcome::ViaResult,
            // Several requests of one call may find at once that the user is not signed in: the client is asked only once.
            Means::Request if self.has_asked.swap(true, Ordering::AcqRel) => PromptOutcome::Opened,
            Means::Request => {
                match self.peer.send_request(ServerRequest::ElicitRequest(elicitation(url))).await {
                    Ok(ClientResult::ElicitResult(it)) if it.action == ElicitationAction::Accept => {
                        PromptOutcome::Opened
                    }
                    Ok(ClientResult::ElicitResult(_)) => PromptOutcome::Declined,
                    _ => PromptOutcome::Unsupported,
                }
            }
        }
    }

    fn waiting(&self, waited: Duration, of: Duration, url: Option<&Url>) {
        let Some((token, reported)) = &self.progress else { return };
        let now = waited.as_secs_f64() / of.as_secs_f64() * PROGRESS_AFTER_WAIT;
        {
            let mut reported = reported.lock();
            if now <= *reported {
                return;
            }
            *reported = now;
        }
        let message = match url {
            Some(url) => format!("Waiting for you to sign in to Jira: {url}"),
            None => "Waiting for a sign-in to Jira".into(),
        };
        let param = ProgressNotificationParam::new(token.clone(), now).with_message(message);
        let peer = self.peer.clone();
        self.context.run_in_background(async move { drop(peer.notify_progress(param).await) });
    }
}

/// The elicitation for one sign-in, identified by its OAuth state.
fn elicitation(url: &Url) -> ElicitRequest {
    let state = url.query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into_owned());
    ElicitRequest::new(ElicitRequestParams::UrlElicitationParams {
        meta: None,
        message: INVITATION.into(),
        url: url.to_string(),
        elicitation_id: state.unwrap_or_default(),
    })
}

/// The result that asks the client to show the sign-in URL, if that is what the call waits for.
pub(crate) fn input_required(error: &tempo_mcp_core::tools::Error) -> Option<InputRequiredResult> {
    let tempo_mcp_core::tools::Error::Upstream(UpstreamError {
        kind: ErrorKind::SignIn(SignInError::OpenUrl { url }),
        ..
    }) = error
    else {
        return None;
    };
    let request = InputRequest::Elicitation(elicitation(&url.parse().ok()?));
    let requests = std::iter::once((INPUT.to_owned(), request)).collect();
    Some(InputRequiredResult::new(Some(requests), Some(url.clone())))
}
