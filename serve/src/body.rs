//! What an answer holds: nothing, bytes that are in memory, or a part of a file, read and unpacked as the client takes it.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use flate2::bufread::GzDecoder;
use hyper::body::{Body as HttpBody, Bytes, Frame, SizeHint};

use crate::site::Form;

/// So much of a file is read at once.
const CHUNK_BYTES: u64 = 64 << 10;

/// The body of an answer.
pub(crate) enum Body {
    /// These bytes.
    Whole(Bytes),
    /// So many bytes of what is read here. A reader that fails ends the connection: the length was promised.
    Read(Box<dyn Read + Send>, u64),
}

impl Body {
    /// One without bytes.
    pub(crate) fn empty() -> Self {
        Self::Whole(Bytes::new())
    }

    /// A part of a form of a file.
    pub(crate) fn part(form: &Form, from: u64, length: u64) -> io::Result<Self> {
        let mut file = File::open(&form.disk)?;
        if form.unpack {
            let mut unpacked = GzDecoder::new(BufReader::new(file));
            io::copy(&mut (&mut unpacked).take(from), &mut io::sink())?;
            return Ok(Self::Read(Box::new(unpacked), length));
        }
        if from > 0 {
            file.seek(SeekFrom::Start(from))?;
        }
        Ok(Self::Read(Box::new(file), length))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(match &mut *self {
            Self::Whole(bytes) if bytes.is_empty() => None,
            Self::Whole(bytes) => Some(Ok(Frame::data(std::mem::take(bytes)))),
            Self::Read(_, 0) => None,
            Self::Read(reader, left) => {
                let mut chunk = Vec::new();
                let most = (*left).min(CHUNK_BYTES);
                Some(match reader.take(most).read_to_end(&mut chunk) {
                    Ok(read) if read as u64 == most => {
                        *left -= most;
                        Ok(Frame::data(chunk.into()))
                    }
                    Ok(_) => Err(io::ErrorKind::UnexpectedEof.into()),
                    Err(error) => Err(error),
                })
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Read(_, left) => *left == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match self {
            Self::Whole(bytes) => bytes.len() as u64,
            Self::Read(_, left) => *left,
        })
    }
}
