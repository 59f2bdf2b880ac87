//! The page that one drops an image on, and the endpoint behind it.

mod worker;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use flambeau::Device;
use http_body_util::BodyExt;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use self::worker::{Fault, Worker};
use crate::trained::{Output, Trained};

/// The most bytes of an image.
const MOST_BYTES: usize = 20 << 20;

/// How many images are on their way, or wait, at most,
const AT_ONCE: usize = 128;

/// and how many bytes they may have together.
const BYTES_AT_ONCE: usize = 256 << 20;

/// How many connections there are at most: others wait until one ends.
const CONNECTIONS: usize = 512;

/// How long a connection is kept for further requests. What has been asked by then is still answered.
const KEPT: Duration = Duration::from_secs(60);

struct Shared {
    worker: Worker,
    places: Semaphore,
    /// A permit is a byte.
    bytes: Arc<Semaphore>,
    address: SocketAddr,
    /// How long an image may take on its way, and its answer after that.
    patience: Duration,
}

/// Serves a model, which `load` reads on the thread that asks it, until Ctrl-C.
pub fn run(
    address: SocketAddr,
    patience: Duration,
    output: Output,
    load: impl FnOnce() -> Result<(Trained, Device)> + Send + 'static,
) -> Result<()> {
    let worker = Worker::start(load)?;
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("starting the server's threads")?.block_on(async {
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|error| anyhow!("{address}: {}", not_there(&error)))?;
        let address = listener.local_addr().context("asking for the port")?;
        let url = format!("http://{address}/");
        output.result(|| url.clone(), || json!({"url": url}));
        if !address.ip().is_loopback() {
            eprintln!(
                "WARNING: {} is not this machine alone: everyone who reaches it can send images",
                address.ip()
            );
        }
        output.say("Ctrl-C ends it");
        let shared = Arc::new(Shared {
            worker,
            places: Semaphore::new(AT_ONCE),
            bytes: Arc::new(Semaphore::new(BYTES_AT_ONCE)),
            address,
            patience,
        });
        tokio::select! {
            () = accept(listener, router(shared), patience) => Ok(()),
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })
}

/// Why an address cannot be listened on, and what to do.
fn not_there(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::AddrInUse => {
            "the port is taken; name another by --port, or 0 for a free one".into()
        }
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address; --bind 0.0.0.0 listens on all that it has".into()
        }
        ErrorKind::PermissionDenied => {
            "this port is for root; name one above 1023 by --port".into()
        }
        _ => format!("cannot be listened on: {error}; name another by --bind and --port"),
    }
}

/// Serves all connections. Unlike `axum::serve`, it bounds their number, and the time that a request's
/// headers may take.
async fn accept(listener: TcpListener, router: Router, patience: Duration) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = places.clone().acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let router = router.clone();
                tokio::spawn(async move {
                    converse(stream, router, patience).await;
                    drop(place);
                });
            }
            // The connection is gone already, or the process has too many files open.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn converse(stream: TcpStream, router: Router, patience: Duration) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(patience);
    let service = TowerToHyperService::new(router);
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    // An error, as a reset or a malformed request, concerns this connection alone.
    if timeout(KEPT, connection.as_mut()).await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(3 * patience, connection).await;
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let file = |kind: &'static str, text: &'static str| {
        get(move || async move { ([(CONTENT_TYPE, HeaderValue::from_static(kind))], text) })
    };
    Router::new()
        .route("/", file("text/html; charset=utf-8", include_str!("page.html")))
        .route(
            "/style.css",
            file(
                "text/css",
                concat!(include_str!("../report/style.css"), include_str!("style.css")),
            ),
        )
        .route("/script.js", file("text/javascript", include_str!("script.js")))
        .route("/api", file("text/markdown; charset=utf-8", include_str!("api.md")))
        .route("/api/predict", post(predict))
        .method_not_allowed_fallback(refuse_method)
        .fallback(refuse_path)
        .layer(middleware::from_fn_with_state(shared.clone(), guarded))
        .with_state(shared)
}

/// An answer that says what is wrong.
fn told(status: StatusCode, error: impl ToString) -> Response {
    let json = json!({"error": error.to_string()}).to_string();
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
}

/// Lets in nobody but this machine's own pages: any page of the web may send a request here, and a name
/// of the web may be made to mean this address.
async fn guarded(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    if let Err(problem) = check(request.headers(), shared.address) {
        shared.pass_over(request.into_body()).await;
        return told(StatusCode::FORBIDDEN, problem);
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let policy = include_str!("policy.txt").trim_ascii_end();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn check(headers: &HeaderMap, address: SocketAddr) -> Result<(), &'static str> {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("?"));
    let host = text(HOST).ok_or("the header Host is missing")?;
    let port = address.port();
    let name = host.strip_suffix(&format!(":{port}")).or((port == 80).then_some(host));
    let is_known = name.is_some_and(|name| {
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<std::net::IpAddr>() {
            Ok(ip) => ip == address.ip() || ip.is_loopback() || address.ip().is_unspecified(),
            Err(_) => name.eq_ignore_ascii_case("localhost"),
        }
    });
    if !is_known {
        return Err("the header Host names another machine");
    }
    let same = format!("http://{host}");
    if text(ORIGIN).is_some_and(|origin| origin != same) {
        return Err("the header Origin names another page");
    }
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return Err("another page asks for this");
    }
    Ok(())
}

async fn refuse_path(State(shared): State<Arc<Shared>>, body: Body) -> Response {
    shared.pass_over(body).await;
    told(StatusCode::NOT_FOUND, "there is /, /api and /api/predict")
}

async fn refuse_method(State(shared): State<Arc<Shared>>, body: Body) -> Response {
    shared.pass_over(body).await;
    told(StatusCode::METHOD_NOT_ALLOWED, "/api/predict takes POST, all else GET")
}

/// An image that has arrived.
struct Image {
    bytes: Vec<u8>,
    /// What it takes of the bytes that there may be.
    permit: OwnedSemaphorePermit,
}

/// Why an image is not taken.
enum Refusal {
    TooLarge,
    TooMany,
}

impl Shared {
    /// The image in a body. One that is not taken is read to its end as well: where a connection is closed
    /// on its sender, the answer gets lost.
    async fn read(
        &self,
        mut body: Body,
        most: usize,
    ) -> Result<Result<Image, Refusal>, axum::Error> {
        let permits = |n| self.bytes.clone().try_acquire_many_owned(n);
        let none = permits(0).map_err(|_| Refusal::TooMany);
        let mut image = none.map(|permit| Image { bytes: Vec::new(), permit });
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            image = image.and_then(|mut image| {
                if image.bytes.len() + data.len() > most {
                    return Err(Refusal::TooLarge);
                }
                image.permit.merge(permits(data.len() as u32).map_err(|_| Refusal::TooMany)?);
                image.bytes.extend_from_slice(&data);
                Ok(image)
            });
        }
        Ok(image)
    }

    /// Reads a body that nobody asks for.
    async fn pass_over(&self, body: Body) {
        let _ = timeout(self.patience, self.read(body, 0)).await;
    }
}

async fn predict(State(shared): State<Arc<Shared>>, body: Body) -> Response {
    let Ok(_place) = shared.places.try_acquire() else {
        shared.pass_over(body).await;
        return busy();
    };
    let image = match timeout(shared.patience, shared.read(body, MOST_BYTES)).await {
        Err(_) => return told(StatusCode::REQUEST_TIMEOUT, "the image took too long on its way"),
        Ok(Err(_)) => return told(StatusCode::BAD_REQUEST, "the image has not arrived whole"),
        Ok(Ok(Err(Refusal::TooMany))) => return busy(),
        Ok(Ok(Err(Refusal::TooLarge))) => {
            let problem = format!("an image may have {} MB", MOST_BYTES >> 20);
            return told(StatusCode::PAYLOAD_TOO_LARGE, problem);
        }
        Ok(Ok(Ok(image))) if image.bytes.is_empty() => {
            return told(StatusCode::BAD_REQUEST, "there is no image: post its bytes");
        }
        Ok(Ok(Ok(image))) => image,
    };
    let Some(answer) = shared.worker.ask(image) else { return busy() };
    match timeout(shared.patience, answer).await {
        Ok(Ok(Ok(answer))) => json_of(&answer),
        Ok(Ok(Err((Fault::Image, problem)))) => told(StatusCode::UNPROCESSABLE_ENTITY, problem),
        Ok(Ok(Err((Fault::Server, problem)))) => told(StatusCode::INTERNAL_SERVER_ERROR, problem),
        Ok(Err(_)) => told(StatusCode::INTERNAL_SERVER_ERROR, "the image ended the computation"),
        Err(_) => {
            let seconds = shared.patience.as_secs();
            again(&format!("there was no answer within {seconds} seconds: try again"))
        }
    }
}

fn busy() -> Response {
    again("too many images at once: try again")
}

fn again(problem: &str) -> Response {
    let mut response = told(StatusCode::SERVICE_UNAVAILABLE, problem);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

fn json_of(answer: &Value) -> Response {
    let kind = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (kind, answer.to_string()).into_response()
}
