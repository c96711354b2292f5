//! Core's clock, randomness and background work on the platform.

use std::{pin::Pin, time::Duration};

use async_trait::async_trait;
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use tempo_mcp_core::ports::{Background, Clock, Entropy, EntropyError};
use worker::{
    Context, Delay,
    js_sys::Date,
    send::SendFuture,
    wasm_bindgen::{self, prelude::wasm_bindgen},
};

/// The clock of the platform. In production it only advances with input and output.
pub(crate) struct JsClock;

#[async_trait]
impl Clock for JsClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
        let millis = Date::now() as i64;
        Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
    }

    /// The platform has no other clock.
    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.now().as_millisecond().unsigned_abs())
    }

    /// From the time zone database of the platform: including jiff's would make the Worker a tenth larger.
    fn zone(&self, name: &str) -> Option<TimeZone> {
        #[expect(clippy::cast_precision_loss, reason = "exact for the next 285,000 years")]
        let seconds = offset(name, self.now().as_millisecond() as f64)?;
        Offset::from_seconds(seconds).ok().map(TimeZone::fixed)
    }

    async fn sleep(&self, duration: Duration) {
        SendFuture::new(Delay::from(duration)).await;
    }
}

#[wasm_bindgen(module = "/src/zone.js")]
extern "C" {
    fn offset(zone: &str, at: f64) -> Option<i32>;
}

pub(crate) struct JsEntropy;

impl Entropy for JsEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|_| EntropyError)
    }
}

/// The platform lets work go on for 30 s after the response, or after the client has disconnected.
pub(crate) struct WaitUntil(pub(crate) Context);

impl Background for WaitUntil {
    fn run(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.0.wait_until(work);
    }
}
