//! A server that does nothing: it reads a request's body and answers 200. What remains is the cost of whoever sends.
//!
//! Prints the address that it listens on, then serves until its standard input ends, so that it outlives nobody.

#![expect(clippy::print_stdout, reason = "the address is this program's one result")]

use std::convert::Infallible;
use std::io::Read as _;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    tokio::spawn(accept(listener));
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    std::process::exit(0)
}

async fn accept(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        // An answer of a few bytes must not wait for the next one.
        drop(stream.set_nodelay(true));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
    }
}

async fn answer(mut request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    while let Some(frame) = request.body_mut().frame().await {
        if frame.is_err() {
            break;
        }
    }
    Ok(Response::new(Full::new(Bytes::from_static(b"{}"))))
}
