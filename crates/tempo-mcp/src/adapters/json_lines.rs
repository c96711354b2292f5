//! Standard input without the lines that are not JSON. rmcp ignores those, so a client would wait for a response until
//! it gives up; here each is counted, to be answered.

use std::{
    collections::VecDeque,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    sync::mpsc::UnboundedSender,
};

/// Bytes read at once.
const CHUNK: usize = 8 << 10;
/// The longest line that is kept, in bytes: as much as rmcp takes.
const MAX_LINE: usize = 16 << 20;
const BOM: &[u8] = "\u{feff}".as_bytes();

/// Passes on whole lines of JSON and reports every other line.
pub(super) struct JsonLines<R> {
    inner: R,
    /// The beginning of the line that is being read.
    line: Vec<u8>,
    /// The line became too long, and its rest is skipped.
    is_too_long: bool,
    /// Lines to pass on.
    lines: VecDeque<u8>,
    dropped: UnboundedSender<()>,
}

impl<R> JsonLines<R> {
    /// `dropped` receives a message for each line that is not JSON.
    pub(super) fn new(inner: R, dropped: UnboundedSender<()>) -> Self {
        Self { inner, line: Vec::new(), is_too_long: false, lines: VecDeque::new(), dropped }
    }

    fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|it| *it == b'\n') {
            if self.line.len() + part.len() > MAX_LINE {
                self.line.clear();
                self.is_too_long = true;
            }
            if !self.is_too_long {
                self.line.extend_from_slice(part);
            }
            if part.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        if self.is_too_long || !is_json(&self.line) {
            // The receiver is gone only if the session has ended.
            let _ = self.dropped.send(());
        } else {
            self.lines.extend(&self.line);
        }
        self.line.clear();
        self.is_too_long = false;
    }
}

/// Whether the line is JSON, or empty.
fn is_json(line: &[u8]) -> bool {
    let text = line.strip_prefix(BOM).unwrap_or(line).trim_ascii();
    text.is_empty() || serde_json::from_slice::<serde_json::Value>(text).is_ok()
}

impl<R: AsyncRead + Unpin> AsyncRead for JsonLines<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.lines.is_empty() {
            let mut bytes = [0; CHUNK];
            let mut chunk = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut chunk))?;
            if chunk.filled().is_empty() {
                if self.line.is_empty() && !self.is_too_long {
                    return Poll::Ready(Ok(()));
                }
                // The last line has no line break.
                self.end_line();
                continue;
            }
            self.take(chunk.filled());
        }
        let (front, _) = self.lines.as_slices();
        let length = front.len().min(buffer.remaining());
        buffer.put_slice(front.get(..length).unwrap_or_default());
        self.lines.drain(..length);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{io::AsyncReadExt, sync::mpsc};

    /// What is passed on of `input`, and how many lines are not.
    async fn passed(input: &[u8]) -> (String, usize) {
        let (dropped, mut counted) = mpsc::unbounded_channel();
        let mut text = String::new();
        JsonLines::new(input, dropped).read_to_string(&mut text).await.unwrap();
        (text, std::iter::from_fn(|| counted.try_recv().ok()).count())
    }

    #[tokio::test]
    async fn lines_of_json_are_passed_on_and_others_counted() {
        let input = b"hello?\n{\"a\": 1}\r\n\n}{\n[1]\n\xef\xbb\xbfnull\n{\"a\": \"\xff\"}\n  \n{\"half\":";
        assert_eq!(passed(input).await, ("{\"a\": 1}\r\n\n[1]\n\u{feff}null\n  \n".to_owned(), 4));
        assert_eq!(
            passed(b"[1]\n[2]").await,
            ("[1]\n[2]".to_owned(), 0),
            "the last line needs no line break"
        );
    }

    #[tokio::test]
    async fn line_that_is_too_long_counts_once() {
        let mut input = vec![b'1'; MAX_LINE + CHUNK];
        input.extend_from_slice(b"\n[2]\n");
        assert_eq!(passed(&input).await, ("[2]\n".to_owned(), 1));
    }
}
