//! What a tool is: what a client lists of it, and how a call of it runs.

use std::{
    future::Future,
    pin::{Pin, pin},
};

use futures::future::{Either, select};
use serde_json::{Map, Value};

use super::{
    argument::{AnyParam, Arguments},
    context::Context,
    error::Error,
    schema,
    tool_result::ToolResult,
};
use crate::upstream::TimeLimits;

type Running<'a> = Pin<Box<dyn Future<Output = Result<ToolResult, Error>> + Send + 'a>>;

/// A tool of this server.
pub struct Tool {
    pub name: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub kind: ToolKind,
    pub(super) parameters: &'static [&'static dyn AnyParam],
    pub(super) output: fn() -> Map<String, Value>,
    pub(super) run: for<'a> fn(&'a Context, Arguments) -> Running<'a>,
}

/// What a tool does to the user's data. Its four hints follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolKind {
    Reads,
    Creates,
    Edits,
    Deletes,
}

impl ToolKind {
    #[must_use]
    pub fn reads(self) -> bool {
        self == Self::Reads
    }

    fn time_limits(self) -> TimeLimits {
        if self.reads() { TimeLimits::READ } else { TimeLimits::WRITE }
    }

    /// Whether it changes or removes what exists.
    #[must_use]
    pub fn is_destructive(self) -> bool {
        matches!(self, Self::Edits | Self::Deletes)
    }

    /// Whether a second call with the same arguments changes nothing more.
    #[must_use]
    pub fn is_idempotent(self) -> bool {
        matches!(self, Self::Reads | Self::Deletes)
    }
}

impl Tool {
    /// Runs the tool. Nothing is requested before the arguments are known to be valid.
    ///
    /// # Errors
    /// Why there is no result: rejected arguments, no valid configuration, a read-only server, an error of a vendor,
    /// too many calls in progress, or no time left.
    pub async fn call(&self, context: &Context, arguments: Map<String, Value>) -> Result<ToolResult, Error> {
        if context.read_only && !self.kind.reads() {
            return Err(Error::ReadOnly(self.name));
        }
        context.clients()?;
        let arguments = Arguments::new(arguments, self.parameters);
        let (context, limits) = context.begin(self.kind.time_limits()).ok_or(Error::TooManyCalls)?;
        let work = (self.run)(&context, arguments);
        match select(work, pin!(limits.run_out())).await {
            Either::Left((Err(Error::Arguments(mut rejections)), _)) => {
                rejections.is_write = !self.kind.reads();
                Err(Error::Arguments(rejections))
            }
            Either::Left((result, _)) => result,
            // A write that was sent is finished in the background.
            Either::Right(_) => Err(Error::Deadline { after: limits.total(), wrote: !self.kind.reads() }),
        }
    }

    #[must_use]
    pub fn input_schema(&self) -> Map<String, Value> {
        schema::input(self.parameters)
    }

    #[must_use]
    pub fn output_schema(&self) -> Map<String, Value> {
        (self.output)()
    }

    /// Each parameter's name, whether it is required, and its description.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, bool, &'static str)> {
        self.parameters.iter().map(|it| (it.name(), it.is_required(), it.description()))
    }
}
