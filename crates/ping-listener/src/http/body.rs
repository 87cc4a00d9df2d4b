//! The body of a ping, as much of it as is kept: nobody waits long for the rest.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Incoming};

/// A body that is read only if somebody asks for it.
pub struct PingBody {
    body: Incoming,
    patience: Duration,
}

/// How much of a body is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Appetite {
    /// Bytes that are kept, from the beginning.
    pub kept_max: usize,
    /// Bytes that are taken at all, so that a client that sends on hears the answer.
    pub taken_max: u64,
}

/// What came of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its beginning.
    pub bytes: Bytes,
    /// The client may still be sending: it took too long or sends too much, and the connection has to end.
    pub is_cut: bool,
}

/// A body broke off, or its chunks are not well-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl PingBody {
    /// Holds a body that is waited for so long at most.
    #[must_use]
    pub fn new(body: Incoming, patience: Duration) -> Self {
        Self { body, patience }
    }

    /// Returns the length that the request states, or `None` if it comes in chunks.
    #[must_use]
    pub fn stated_bytes(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// Reads the body.
    pub async fn read(&mut self, appetite: Appetite) -> Result<Taken, Broken> {
        let mut kept = BytesMut::new();
        let all = take_all(&mut self.body, appetite, &mut kept);
        let is_cut = match tokio::time::timeout(self.patience, all).await {
            Ok(came) => !came?,
            Err(_) => true,
        };
        Ok(Taken { bytes: kept.freeze(), is_cut })
    }
}

/// Takes a body to its end and returns true, or false if it is longer than what is taken.
async fn take_all(body: &mut Incoming, appetite: Appetite, kept: &mut BytesMut) -> Result<bool, Broken> {
    let mut taken = 0;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Broken)?.into_data() else { continue };
        taken += data.len() as u64;
        let room = appetite.kept_max - kept.len();
        kept.extend_from_slice(&data[..data.len().min(room)]);
        if appetite.taken_max < taken {
            return Ok(false);
        }
    }
    Ok(true)
}
