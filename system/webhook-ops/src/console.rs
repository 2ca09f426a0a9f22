//! Everything a person or a script sees: results on standard output, words on standard error. A closed pipe is nobody's error.

use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::exit::Failure;

/// Between two progress lines where nothing can be redrawn.
const LINE: Duration = Duration::from_secs(5);
/// Between two pictures on a terminal.
const REDRAW: Duration = Duration::from_millis(100);

/// The two streams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    json: bool,
    live: bool,
}

impl Console {
    /// `json`: standard output is for a program.
    pub(crate) fn new(json: bool) -> Self {
        Self { json, live: std::io::stderr().is_terminal() }
    }

    /// Whether the result is for a program.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// A line for a person.
    #[expect(clippy::unused_self, reason = "the console is the right to write")]
    pub(crate) fn note(self, line: &str) {
        drop(writeln!(std::io::stderr().lock(), "{line}"));
    }

    /// The result as text; only where no program reads it.
    pub(crate) fn result(self, text: &str) {
        if !self.json {
            let mut out = std::io::stdout().lock();
            drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
        }
    }

    /// A JSON object on a line of its own; only where a program reads it.
    pub(crate) fn object(self, object: &impl Serialize) {
        if self.json {
            let mut line = serde_json::to_vec(object).unwrap_or_default();
            line.push(b'\n');
            let mut out = std::io::stdout().lock();
            drop(out.write_all(&line).and_then(|()| out.flush()));
        }
    }

    /// Why nothing came of it.
    pub(crate) fn fail(self, failure: &Failure) {
        #[derive(Serialize)]
        struct Error<'a> {
            event: &'static str,
            code: &'static str,
            message: &'a str,
        }
        let message = failure.to_string();
        self.note(&format!("webhookctl: {message}"));
        self.object(&Error { event: "error", code: failure.code(), message: &message });
    }

    /// Progress of a longer run.
    pub(crate) fn progress(self) -> Progress {
        Progress { console: self, shown: Mutex::new((None, false)) }
    }
}

/// One line that is redrawn on a terminal, a plain line now and then elsewhere.
#[derive(Debug)]
pub(crate) struct Progress {
    console: Console,
    /// When something was last shown, and whether a line stands to be redrawn.
    shown: Mutex<(Option<Instant>, bool)>,
}

impl Progress {
    /// Shows where it stands, if it is time to.
    pub(crate) fn at(&self, line: impl FnOnce() -> String) {
        let mut shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let pause = if self.console.live { REDRAW } else { LINE };
        let now = Instant::now();
        let due = match shown.0 {
            // A short run needs no progress.
            None if !self.console.live => {
                shown.0 = Some(now);
                false
            }
            at => at.is_none_or(|at| now.duration_since(at) >= pause),
        };
        if !due {
            return;
        }
        shown.0 = Some(now);
        if self.console.live {
            shown.1 = true;
            drop(write!(std::io::stderr().lock(), "\r\u{1b}[2K{}", line()));
        } else {
            self.console.note(&line());
        }
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        let mut shown = self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if std::mem::take(&mut shown.1) {
            drop(write!(std::io::stderr().lock(), "\r\u{1b}[2K"));
        }
    }
}
