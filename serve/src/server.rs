//! The sockets: threads that take connections from one port, each with its own, until they are told to stop.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::answer::answer;
use crate::patience::{Patience, Patient};
use crate::site::Site;

/// What a server allows its clients.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long they may take.
    pub patience: Patience,
    /// How many connections there may be; who comes then waits.
    pub connections: usize,
    /// How long answers may take that have begun when the server is told to stop.
    pub drain: Duration,
}

/// The most threads, which is enough for any network.
const THREADS: usize = 4;
/// What a request's line and headers may have together.
const HEAD_BYTES: usize = 16 << 10;
/// How long nothing is taken after the system had no room for a connection.
const NO_ROOM: Duration = Duration::from_millis(100);

impl Default for Limits {
    fn default() -> Self {
        let patience = Patience { request: Duration::from_secs(10), idle: Duration::from_secs(75), taking: Duration::from_secs(30) };
        Self { patience, connections: 1000, drain: Duration::from_secs(10) }
    }
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Listens on a port of every address of this machine, of both kinds where it has both.
    pub fn start(site: Site, port: u16, limits: Limits) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).or_else(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let site = Arc::new(site);
        let count = std::thread::available_parallelism().map_or(1, usize::from).min(THREADS);
        let limits = Limits { connections: limits.connections.div_ceil(count), ..limits };
        let mut threads = vec![];
        for _ in 0..count {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
            let (listener, site, stopped) = (listener.try_clone()?, Arc::clone(&site), stopped.clone());
            threads.push(std::thread::Builder::new().spawn(move || {
                runtime.block_on(async {
                    if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                        accept(listener, &site, limits, stopped).await;
                    }
                });
            })?);
        }
        Ok(Self { stop, threads, address })
    }

    /// Takes no more connections, and ends when those that are there have their answers, or their time is over.
    pub fn stop(self) {
        let _ = self.stop.send(true);
        for thread in self.threads {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: tokio::net::TcpListener, site: &Arc<Site>, limits: Limits, mut stopped: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(limits.connections));
    loop {
        let taken = tokio::select! {
            _ = stopped.changed() => break,
            taken = async {
                // The semaphore is never closed.
                let place = Arc::clone(&room).acquire_owned().await;
                (listener.accept().await, place)
            } => taken,
        };
        match taken {
            (Ok((stream, _)), Ok(place)) => {
                let (site, stopped) = (Arc::clone(site), stopped.clone());
                tokio::spawn(async move {
                    connection(stream, &site, limits.patience, stopped).await;
                    drop(place);
                });
            }
            _ => sleep(NO_ROOM).await,
        }
    }
    drop(listener);
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    let _ = timeout(limits.drain, room.acquire_many(all)).await;
}

async fn connection(stream: TcpStream, site: &Arc<Site>, patience: Patience, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answer = answer(site, &request);
        async move { Ok::<_, Infallible>(answer) }
    });
    let mut connection = std::pin::pin!(
        http1::Builder::new()
            .max_buf_size(HEAD_BYTES)
            .half_close(true)
            .serve_connection(TokioIo::new(Patient::new(stream, patience)), service)
    );
    // A client that leaves, or that speaks no HTTP, is nothing to tell anybody of.
    tokio::select! {
        _ = &mut connection => return,
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
