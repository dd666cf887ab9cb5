//! Standard input and output as the one connection to BuildKit, which is the server.
//! Standard output belongs to it from here on: anything else written there would end the build.

use std::future::{Ready, ready};
use std::io::{Error, ErrorKind};
use std::task::{Context, Poll};

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, Join, Stdin, Stdout, join, stdin, stdout};
use tonic::transport::{Channel, Endpoint, Uri};

/// Opens the connection on standard input and output.
pub async fn connect() -> Result<Channel, tonic::transport::Error> {
    over(join(stdin(), stdout()) as Join<Stdin, Stdout>).await
}

/// Opens the connection on any pipe, such as a test's.
pub async fn over<P>(pipe: P) -> Result<Channel, tonic::transport::Error>
where
    P: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    Endpoint::from_static("http://buildkit").connect_with_connector(Once(Some(pipe))).await
}

/// Hands out its pipe once: a lost connection cannot be made anew.
struct Once<P>(Option<P>);

impl<P> tower_service::Service<Uri> for Once<P>
where
    P: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Response = TokioIo<P>;
    type Error = Error;
    type Future = Ready<Result<TokioIo<P>, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let lost = || Error::new(ErrorKind::NotConnected, "the connection to BuildKit is lost");
        ready(self.0.take().map(TokioIo::new).ok_or_else(lost))
    }
}
