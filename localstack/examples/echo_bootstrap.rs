//! A function for tests: it does what its event says. It speaks the Runtime API with nothing but the standard
//! library, so that the tests meet no code of the system's own runtime.
//!
//! The action is the event's member `do`, or the header `x-do` of a proxy event, or the header `x-authorize` of an
//! authorizer's event; see [`act`]. Without one, an event is echoed, a proxy event as the body of a 200. `FAKE_INIT` is how its init goes.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::exit;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

#[expect(clippy::disallowed_methods, reason = "a function's wiring is its environment")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// Serves events until the service goes away.
pub(crate) fn main() -> std::io::Result<()> {
    let mut api = Api::connect(&variable("AWS_LAMBDA_RUNTIME_API"))?;
    match variable("FAKE_INIT").as_str() {
        "exit" => exit(7),
        "hang" => forever(),
        "error" => {
            let error = json!({ "errorType": "Init.NoSecret", "errorMessage": "no secret" });
            api.call("POST", "/2018-06-01/runtime/init/error", error.to_string().as_bytes())?;
            exit(1);
        }
        _ => {}
    }
    loop {
        let event = api.call("GET", "/2018-06-01/runtime/invocation/next", b"")?;
        let (outcome, body) = match act(&event) {
            Ok(answer) => ("response", answer),
            Err(message) => (
                "error",
                json!({ "errorType": "Fake.Error", "errorMessage": message }).to_string().into_bytes(),
            ),
        };
        let path = format!("/2018-06-01/runtime/invocation/{}/{outcome}", event.header("aws-request-id"));
        let answer = api.call("POST", &path, &body)?;
        if answer.status != 202 {
            eprint(&format!("the Runtime API answered {}", answer.status));
        }
    }
}

/// Does what the event says; an error is the function's own.
fn act(event: &Message) -> Result<Vec<u8>, String> {
    let parsed: Value = serde_json::from_slice(&event.body).map_err(|error| error.to_string())?;
    let is_proxy = parsed.get("requestContext").is_some();
    let header = if parsed["methodArn"].is_string() { "x-authorize" } else { "x-do" };
    let action = parsed["do"].as_str().or_else(|| parsed["headers"][header].as_str()).unwrap_or_default();
    let (verb, argument) = action.split_once(':').unwrap_or((action, ""));
    match verb {
        // Runs on for so many milliseconds.
        "sleep" => sleep(Duration::from_millis(argument.parse().unwrap_or_default())),
        // Runs on until the file is there.
        "await" => {
            while !fs::exists(argument).unwrap_or_default() {
                sleep(Duration::from_millis(1));
            }
        }
        // Fails with this message.
        "fail" => return Err(argument.to_owned()),
        // Notes its request id in the file, and fails; once the file has `n` lines, it succeeds: `fail-until:n:FILE`.
        "fail-until" => {
            let (wanted, file) = argument.split_once(':').unwrap_or(("0", argument));
            let mut notes =
                fs::File::options().create(true).append(true).open(file).map_err(|e| e.to_string())?;
            writeln!(notes, "{}", event.header("aws-request-id")).map_err(|e| e.to_string())?;
            let lines = fs::read_to_string(file).map_err(|e| e.to_string())?.lines().count();
            if lines < wanted.parse().unwrap_or(usize::MAX) {
                return Err(format!("attempt {lines}"));
            }
        }
        "exit" => exit(argument.parse().unwrap_or_default()),
        // Answers this text as it is.
        "raw" => return Ok(argument.as_bytes().to_vec()),
        // Answers so many bytes.
        "large" => return Ok(vec![b'x'; argument.parse().unwrap_or_default()]),
        "print" => eprint(argument),
        // Tells its event.
        "log" => eprint(&parsed.to_string()),
        // Tells about itself.
        "who" => {
            let about = json!({
                "pid": std::process::id(),
                "request_id": event.header("aws-request-id"),
                "deadline_ms": event.header("deadline-ms"),
                "arn": event.header("invoked-function-arn"),
                "trace": event.header("trace-id"),
                "arg0": std::env::args().next(),
                "variables": std::env::vars().collect::<std::collections::BTreeMap<_, _>>(),
            });
            return Ok(about.to_string().into_bytes());
        }
        _ => {}
    }
    if is_proxy {
        let body = String::from_utf8_lossy(&event.body);
        return Ok(json!({ "statusCode": 200, "body": body }).to_string().into_bytes());
    }
    Ok(event.body.clone())
}

fn forever() {
    loop {
        sleep(Duration::from_secs(3600));
    }
}

#[expect(clippy::print_stderr, reason = "a function's log is its standard error")]
fn eprint(line: &str) {
    eprintln!("{line}");
}

/// One kept-alive connection.
struct Api {
    host: String,
    stream: BufReader<TcpStream>,
}

struct Message {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Message {
    /// A header by the end of its name.
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n.ends_with(name)).map_or("", |(_, value)| value)
    }
}

impl Api {
    fn connect(host: &str) -> std::io::Result<Api> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        Ok(Api { host: host.to_owned(), stream: BufReader::new(stream) })
    }

    fn call(&mut self, method: &str, path: &str, body: &[u8]) -> std::io::Result<Message> {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-length: {}\r\n\r\n",
            self.host,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.stream.get_mut().write_all(&request)?;
        let status = self.line()?.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_default();
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            match line.split_once(": ") {
                Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
                None => break,
            }
        }
        let mut message = Message { status, headers, body: Vec::new() };
        message.body.resize(message.header("content-length").parse().unwrap_or_default(), 0);
        self.stream.read_exact(&mut message.body)?;
        Ok(message)
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            // The service is gone.
            exit(0);
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }
}
