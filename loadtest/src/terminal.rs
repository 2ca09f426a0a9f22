//! Everything a person sees: notes and progress on standard error, the one JSON object on standard output. A closed pipe
//! is nobody's error.

use std::io::{IsTerminal, Write};

/// Colours, if wanted.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    colour: bool,
    live: bool,
}

/// Weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Held.
    Good,
    /// Broke.
    Bad,
    /// Open.
    Open,
    /// Beside the point.
    Quiet,
    /// To be seen.
    Strong,
}

impl Terminal {
    /// `no_colour` is the flag or the variable `NO_COLOR`.
    #[must_use]
    pub fn new(no_colour: bool) -> Self {
        let live = std::io::stderr().is_terminal();
        Self { colour: live && !no_colour, live }
    }

    /// Whether standard error is a terminal that lines can be redrawn on.
    #[must_use]
    pub const fn is_live(self) -> bool {
        self.live
    }

    /// A line on standard error.
    pub fn note(self, line: &str) {
        drop(writeln!(std::io::stderr().lock(), "{line}"));
    }

    /// Text on standard output, as it is.
    pub fn result(self, text: &str) {
        let mut out = std::io::stdout().lock();
        drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }

    /// The text in its colour, or as it is where there are none.
    #[must_use]
    pub fn ink(self, ink: Ink, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Good => "32",
            Ink::Bad => "1;31",
            Ink::Open => "33",
            Ink::Quiet => "2",
            Ink::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// Keeps libraries (goose above all) from printing lines of their own: whatever matters is in the record.
pub fn silence_libraries() {
    struct Silent;
    impl log::Log for Silent {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            false
        }
        fn log(&self, _: &log::Record<'_>) {}
        fn flush(&self) {}
    }
    // Whoever installed a logger before knows what they want.
    drop(log::set_logger(&Silent));
}
