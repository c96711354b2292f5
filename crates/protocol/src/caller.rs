//! Whoever waits for a call's answer, asked to sign in: by the client's own means, where it declares them.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use rmcp::{
    RoleServer,
    model::{
        CallToolRequestParams, ClientResult, ElicitRequest, ElicitRequestParams, ElicitationAction,
        InputRequest, InputRequiredResult, ProgressNotificationParam, ProgressToken, ServerRequest,
    },
    service::{Peer, RequestContext},
};
use url::Url;

use super::is_modern;
use tempo_mcp_core::{
    tokens::{Caller, PromptOutcome},
    tools::Context,
    upstream::{Error as UpstreamError, ErrorKind, SignInError},
};

/// What a client is told to show the address with.
const INVITATION: &str = "Sign in to Jira: Atlassian asks whether tempo-mcp may read your issues.";
/// The question's name in an answer that asks.
const KEY: &str = "sign-in";
/// Below the first step of the work, which follows.
const WHOLE_WAIT: f64 = 0.9;

pub(super) struct PeerCaller {
    peer: Peer<RoleServer>,
    way: Way,
    asked: AtomicBool,
    /// Where the client wants to hear of progress, and how far it was told.
    progress: Option<(ProgressToken, Mutex<f64>)>,
    context: Context,
}

/// How a client can show an address.
enum Way {
    None,
    /// Asked in the middle of a call, before 2026-07-28.
    Request,
    /// Asked by an answer; which address it was given before, and whether it was accepted.
    Answer(Option<(String, bool)>),
}

impl PeerCaller {
    pub(super) fn new(
        request: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
        tools: Context,
    ) -> Self {
        let declared = context.client_capabilities().and_then(|it| it.elicitation);
        let way = match declared.and_then(|it| it.url) {
            None => Way::None,
            Some(_) if is_modern(context) => Way::Answer(answered(request)),
            Some(_) => Way::Request,
        };
        let progress = context.meta.get_progress_token().map(|it| (it, Mutex::new(-1.0)));
        Self { peer: context.peer.clone(), way, asked: AtomicBool::new(false), progress, context: tools }
    }
}

/// What the client did with the address that it was given as an answer.
fn answered(request: &CallToolRequestParams) -> Option<(String, bool)> {
    let action = request.input_responses.as_ref()?.get(KEY)?.get("action")?;
    Some((request.request_state.clone()?, action == "accept"))
}

#[async_trait]
impl Caller for PeerCaller {
    async fn show(&self, url: &Url) -> PromptOutcome {
        match &self.way {
            Way::None => PromptOutcome::Unsupported,
            Way::Answer(Some((given, accepted))) if given == url.as_str() => {
                if *accepted {
                    PromptOutcome::Opened
                } else {
                    PromptOutcome::Declined
                }
            }
            Way::Answer(_) => PromptOutcome::ViaResult,
            // Several requests of one call may find out at once that nobody is signed in.
            Way::Request if self.asked.swap(true, Ordering::AcqRel) => PromptOutcome::Opened,
            Way::Request => match self.peer.send_request(ServerRequest::ElicitRequest(question(url))).await {
                Ok(ClientResult::ElicitResult(it)) if it.action == ElicitationAction::Accept => {
                    PromptOutcome::Opened
                }
                Ok(ClientResult::ElicitResult(_)) => PromptOutcome::Declined,
                _ => PromptOutcome::Unsupported,
            },
        }
    }

    fn waiting(&self, waited: Duration, of: Duration, url: Option<&Url>) {
        let Some((token, told)) = &self.progress else { return };
        let now = waited.as_secs_f64() / of.as_secs_f64() * WHOLE_WAIT;
        {
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            if now <= *told {
                return;
            }
            *told = now;
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

/// Each sign-in has an id of its own: its state.
fn question(url: &Url) -> ElicitRequest {
    let state = url.query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into_owned());
    ElicitRequest::new(ElicitRequestParams::UrlElicitationParams {
        meta: None,
        message: INVITATION.into(),
        url: url.to_string(),
        elicitation_id: state.unwrap_or_default(),
    })
}

/// The answer that asks a client to show the address, if that is why there is none yet.
pub(super) fn asking(error: &tempo_mcp_core::tools::Error) -> Option<InputRequiredResult> {
    let tempo_mcp_core::tools::Error::Upstream(UpstreamError {
        kind: ErrorKind::SignIn(SignInError::OpenUrl { url }),
        ..
    }) = error
    else {
        return None;
    };
    let request = InputRequest::Elicitation(question(&url.parse().ok()?));
    let requests = std::iter::once((KEY.to_owned(), request)).collect();
    Some(InputRequiredResult::new(Some(requests), Some(url.clone())))
}
