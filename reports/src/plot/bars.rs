//! Bars of one length, each cut into the parts of its whole.

use maud::{Markup, html};

use super::percent;
use crate::figures::count;

/// Height of a row, pixels.
const ROW: usize = 21;
/// Height of the bar in it, pixels.
const BAR: usize = 13;
/// A part is drawn at least this wide, as a share: one lost webhook in a million must be seen.
const LEAST: f64 = 0.008;

/// One bar.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    /// Name of the bar.
    pub(crate) name: String,
    /// What stands at its end.
    pub(crate) total: String,
    /// Its parts, from the left.
    pub(crate) parts: Vec<Part>,
}

/// A part of a bar.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Class of its colour.
    pub(crate) class: &'static str,
    /// What it counts.
    pub(crate) name: String,
    /// How many.
    pub(crate) n: u64,
}

/// Draws bars below each other. `id`, `title` and `description` as for a line chart.
pub(crate) fn bars(id: &str, title: &str, description: &str, bars: &[Bar]) -> Markup {
    html! {
        div.bars {
            svg role="img" width="100%" height=(bars.len() * ROW) aria-labelledby={ (id) "-t " (id) "-d" } {
                title id={ (id) "-t" } { (title) }
                desc id={ (id) "-d" } { (description) }
                @for (row, bar) in bars.iter().enumerate() {
                    @let y = row * ROW + (ROW - BAR) / 2;
                    text.tick x="0" dx="-8" y=(y + 11) text-anchor="end" { (bar.name) }
                    @for (part, (from, width)) in bar.parts.iter().zip(widths(&bar.parts)) {
                        rect.part.(part.class) x=(percent(from)) width=(percent(width)) y=(y) height=(BAR) {
                            title { (bar.name) ": " (count(part.n)) " " (part.name) }
                        }
                    }
                    text.total x="100%" dx="8" y=(y + 11) { (bar.total) }
                }
            }
        }
    }
}

/// Start and width of every part, as shares; together they are one.
pub(super) fn widths(parts: &[Part]) -> Vec<(f64, f64)> {
    let total: f64 = parts.iter().map(|part| part.n as f64).sum();
    let raw: Vec<f64> =
        parts.iter().map(|part| if part.n == 0 { 0.0 } else { (part.n as f64 / total).max(LEAST) }).collect();
    let sum: f64 = raw.iter().sum();
    let mut from = 0.0;
    raw.into_iter()
        .map(|width| {
            let place = (from, width / sum.max(f64::MIN_POSITIVE));
            from += place.1;
            place
        })
        .collect()
}
