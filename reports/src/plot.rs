//! Plots as inline SVG: lines over an axis, and bars of parts of a whole.
//!
//! A plot is as wide as its place: positions along x are percentages, positions along y are pixels, and lines keep
//! their width while they are stretched. So the text has the size of the page's text on a phone, on a screen and on
//! paper, and it is real text. Colours are classes (`s1`, `s2`, …) that the page's style sheet gives a value for light,
//! dark and print. Nothing here knows what is plotted.

mod axis;
mod bars;
mod ladder;
mod line;
mod thin;
mod whisker;

#[cfg(test)]
mod tests;

pub(crate) use axis::{Axis, decades, log, named, spectrum, time, upright};
pub(crate) use bars::{Bar, Part, bars};
pub(crate) use ladder::{Rung, ladder};
pub(crate) use line::{Line, LineChart, Mark, Marks, line_chart, marked_chart};
pub(crate) use thin::thin;
pub(crate) use whisker::{Whisker, whiskers};

/// A position as a percentage of the plot's width.
fn percent(share: f64) -> String {
    format!("{:.2}%", share * 100.0)
}
