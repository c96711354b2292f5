//! Reads the body of a request: up to a size, within a time, and only while there is room for it.
//!
//! `tower-http`'s layer does not fit: it limits the size only, and its error is not a JSON-RPC message.

use std::{pin::pin, time::Duration};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use futures::{
    StreamExt,
    future::{Either, select},
};
use tempo_mcp_core::ports::Clock;

use super::body_budget::{ARRIVING, BodyShare, BudgetSpent};

/// How large a body may be, and how long it may take to arrive.
pub(crate) struct BodyLimits {
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
}

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    TooLarge,
    TooSlow,
    BrokenOff,
    NoRoom(BudgetSpent),
}

impl From<BudgetSpent> for BodyError {
    fn from(spent: BudgetSpent) -> Self {
        Self::NoRoom(spent)
    }
}

/// Reads the whole body. Afterwards its share is as large as the body.
///
/// # Errors
/// The body was not read, or not to its end. One whose declared length is too large is not read at all.
pub(crate) async fn read(
    body: Body,
    limits: &BodyLimits,
    share: &mut BodyShare<'_>,
    clock: &dyn Clock,
) -> Result<Bytes, BodyError> {
    // A length that does not fit into an integer is too large as well.
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > limits.bytes {
        return Err(BodyError::TooLarge);
    }
    let reading = pin!(collect(body, declared.min(ARRIVING), limits.bytes, share));
    match select(reading, clock.sleep(limits.time)).await {
        Either::Left((body, _)) => body,
        Either::Right(_) => Err(BodyError::TooSlow),
    }
}

/// Copies what arrives into one buffer: a part that stays as it is would keep its connection's buffer in memory.
async fn collect(
    body: Body,
    expected: usize,
    most: usize,
    share: &mut BodyShare<'_>,
) -> Result<Bytes, BodyError> {
    let mut parts = body.into_data_stream();
    let mut whole = Vec::with_capacity(expected);
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| BodyError::BrokenOff)?;
        let length = whole.len() + part.len();
        if length > most {
            return Err(BodyError::TooLarge);
        }
        share.resize(length.max(ARRIVING))?;
        whole.extend_from_slice(&part);
    }
    Ok(whole.into())
}
