//! The limits of a plain read, against real sockets.

use std::time::Instant;

use axum::Router;
use axum::http::{Method, StatusCode, header};
use axum::routing::any;

use super::*;

const GENEROUS: Duration = Duration::from_secs(20);

/// A server on a free port of this machine; gone when the test's runtime is.
async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    format!("http://{address}")
}

#[tokio::test]
async fn a_body_within_the_limit_arrives_and_one_byte_more_does_not() {
    let base = serve(Router::new().route("/cert", any(async || "x".repeat(100)))).await;
    let connections = Connections::new();
    let url = format!("{base}/cert");
    assert_eq!(connections.get(&url, GENEROUS, 100).await.unwrap().len(), 100);
    assert_eq!(connections.get(&url, GENEROUS, 99).await, Err(FetchError::TooLarge));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let router = Router::new()
        .route("/cert", any(async || (StatusCode::FOUND, [(header::LOCATION, "/elsewhere")])))
        .route("/elsewhere", any(async || "someone else's certificate"));
    let base = serve(router).await;
    let fetched = Connections::new().get(&format!("{base}/cert"), GENEROUS, 100).await;
    assert_eq!(fetched, Err(FetchError::Status(StatusCode::FOUND.as_u16().try_into().unwrap())));
}

#[tokio::test]
async fn a_silent_server_runs_into_the_time_limit() {
    let base = serve(Router::new().route("/cert", any(std::future::pending::<&'static str>))).await;
    let asked = Instant::now();
    let limit = Duration::from_millis(50);
    assert_eq!(Connections::new().get(&format!("{base}/cert"), limit, 100).await, Err(FetchError::Timeout));
    assert!(asked.elapsed() >= limit);
}

#[tokio::test]
async fn a_body_that_never_ends_runs_into_the_time_limit_too() {
    let endless = async || {
        let chunks = futures::stream::once(async { Ok::<_, std::io::Error>("first") });
        axum::body::Body::from_stream(futures::StreamExt::chain(chunks, futures::stream::pending()))
    };
    let base = serve(Router::new().route("/cert", any(endless))).await;
    let fetched = Connections::new().get(&format!("{base}/cert"), Duration::from_millis(50), 100).await;
    assert_eq!(fetched, Err(FetchError::Timeout));
}

#[tokio::test]
async fn nobody_there() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(Connections::new().get(&url, GENEROUS, 100).await, Err(FetchError::Connection("io")));
    assert_eq!(Connections::new().warm(&url, GENEROUS).await, Err(FetchError::Connection("io")));
    assert_eq!(Connections::new().get("not a url", GENEROUS, 100).await, Err(FetchError::BadRequest));
}

#[tokio::test]
async fn any_answer_warms_a_connection() {
    let refuse =
        async |method: Method| if method == Method::HEAD { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let base = serve(Router::new().fallback(any(refuse))).await;
    assert_eq!(Connections::new().warm(&base, GENEROUS).await, Ok(()));
}
