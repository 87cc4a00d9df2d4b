//! The server that does nothing: same HTTP library, same accept loop, same runtime, same allocator; each request gets a
//! constant.
//!
//! It is the yardstick: what the machine, the kernel and hyper cost before a ping is even looked at.

use std::convert::Infallible;

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// As long as the answer to a ping: a date and a time.
const ANSWER: &[u8] = b"26/11/21 09:05:07";

/// Answers every request at `address` until the process is ended.
pub(crate) fn serve(address: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(answer(stream));
        }
    })
}

async fn answer(stream: TcpStream) {
    // The server looks after slow clients by itself, without the library's timer: the yardstick is not to pay for one.
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service_fn(constant));
    // A generator that hangs up in the middle is no failure of the yardstick.
    let _ = connection.await;
}

async fn constant(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(ANSWER)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    Ok(response)
}
