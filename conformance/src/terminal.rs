//! Everything a person sees: notes and progress on standard error, results on standard output. A closed pipe is nobody's error.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Look;
use crate::results::{CaseResult, Outcome};

/// Columns where nobody says how many there are.
const WIDTH: usize = 100;

/// Where and how text goes.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    colour: bool,
    live: bool,
}

impl Terminal {
    /// `no_colour` is the flag or the variable `NO_COLOR`.
    #[must_use]
    pub fn new(no_colour: bool) -> Self {
        let live = std::io::stderr().is_terminal();
        Self { colour: live && !no_colour, live }
    }

    /// How text looks here.
    #[must_use]
    pub fn look(self) -> Look {
        let width = indicatif::TermLike::width(&console::Term::stderr());
        let width = if self.live { usize::from(width) } else { WIDTH };
        Look { colour: self.colour, width: width.clamp(40, 140) }
    }

    /// A text on standard error.
    pub fn note(self, text: &str) {
        drop(writeln!(std::io::stderr().lock(), "{text}"));
    }

    /// Text on standard output, as it is.
    pub fn result(self, text: &str) {
        let mut out = std::io::stdout().lock();
        drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
    }
}

/// Live progress: one line that is redrawn on a terminal, a line for each failed case otherwise.
pub struct Progress {
    bar: Option<ProgressBar>,
    terminal: Terminal,
    failed: AtomicUsize,
}

impl Progress {
    /// Progress of so many cases.
    #[must_use]
    pub fn start(terminal: Terminal, cases: usize) -> Self {
        let bar = terminal.live.then(|| {
            let bar = ProgressBar::with_draw_target(Some(cases as u64), ProgressDrawTarget::stderr());
            // The template is constant; the plain style is the fallback that the type asks for.
            let style = ProgressStyle::with_template("{pos:>4} of {len} {wide_bar} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.progress_chars("━╸ "));
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, terminal, failed: AtomicUsize::new(0) }
    }

    /// A case ended.
    pub fn tell(&self, case: &CaseResult) {
        let wrong = matches!(case.outcome, Outcome::Failed | Outcome::Broken | Outcome::UnexpectedPass);
        let line = wrong.then(|| format!("{:<15} {}  {}", case.outcome.word(), case.id, case.title));
        let failed = self.failed.fetch_add(usize::from(wrong), Ordering::Relaxed) + usize::from(wrong);
        match (&self.bar, line) {
            (Some(bar), line) => {
                if let Some(line) = line {
                    bar.println(line);
                }
                bar.set_message(if failed > 0 {
                    format!("{failed} wrong  {}", case.id)
                } else {
                    case.id.to_string()
                });
                bar.inc(1);
            }
            (None, Some(line)) => self.terminal.note(&line),
            (None, None) => {}
        }
    }

    /// Nothing more comes.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
