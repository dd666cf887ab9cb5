//! A connection that ends when its client keeps it waiting: for a whole request, for the next one, or to take what was sent.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How long a client may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From a connection, or the first byte of a request, to its end.
    pub request: Duration,
    /// From an answer to the next request.
    pub idle: Duration,
    /// To take any part of an answer.
    pub taking: Duration,
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// The end of a request that has begun.
    Request,
    /// The beginning of the next.
    Next,
    /// The client, to take what is sent.
    Taking,
}

/// A stream with patience.
pub(crate) struct Patient<S> {
    stream: S,
    patience: Patience,
    wait: Wait,
    until: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    /// A stream that was just opened.
    pub(crate) fn new(stream: S, patience: Patience) -> Self {
        Self { stream, patience, wait: Wait::Request, until: Box::pin(sleep(patience.request)) }
    }

    fn begin(&mut self, wait: Wait) {
        let time = match wait {
            Wait::Request => self.patience.request,
            Wait::Next => self.patience.idle,
            Wait::Taking => self.patience.taking,
        };
        self.wait = wait;
        self.until.as_mut().reset(Instant::now() + time);
    }

    fn over(&mut self, context: &mut Context<'_>) -> bool {
        self.until.as_mut().poll(context).is_ready()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Ready(read) => {
                // The first byte after an answer begins a request; the others take nothing off its time.
                if buffer.filled().len() > before && self.wait == Wait::Next {
                    self.begin(Wait::Request);
                }
                Poll::Ready(read)
            }
            Poll::Pending if self.wait != Wait::Taking && self.over(context) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.wrote(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S> Patient<S> {
    fn wrote(&mut self, context: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            // What is written is taken; whether more comes, only the next write says.
            self.begin(Wait::Next);
            return written;
        }
        if self.wait != Wait::Taking {
            self.begin(Wait::Taking);
        }
        if self.over(context) { Poll::Ready(Err(io::ErrorKind::TimedOut.into())) } else { Poll::Pending }
    }
}
