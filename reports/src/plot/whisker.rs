//! Changes with their intervals, below each other: a dot where the estimate is, a line as wide as the interval, on a logarithmic axis
//! about "as before".

use maud::{Markup, html};

use super::percent;

/// Height of a row, pixels: the name, then the line.
const ROW: usize = 38;

/// One change.
#[derive(Debug, Clone)]
pub(crate) struct Whisker {
    /// Class of its colour.
    pub(crate) class: &'static str,
    /// What changed.
    pub(crate) name: String,
    /// The change in words.
    pub(crate) value: String,
    /// How many times as much.
    pub(crate) at: f64,
    /// At least.
    pub(crate) from: f64,
    /// At most.
    pub(crate) to: f64,
}

/// Draws changes. `id`, `title` and `description` as for a line chart; changes within `threshold` are shaded.
pub(crate) fn whiskers(id: &str, title: &str, description: &str, rows: &[Whisker], threshold: f64) -> Markup {
    let reach = reach(rows, threshold);
    let at = |ratio: f64| (ratio.max(1e-9).log2() / reach / 2.0 + 0.5).clamp(0.0, 1.0);
    let height = rows.len() * ROW + 4;
    let ticks = [1.0 / reach.exp2(), 1.0 / (reach / 2.0).exp2(), 1.0, (reach / 2.0).exp2(), reach.exp2()];
    let (from, to) = (at(1.0 - threshold), at(1.0 + threshold));
    html! {
        div.ladder.whiskers {
            svg role="img" width="100%" height=(height) aria-labelledby={ (id) "-t " (id) "-d" } {
                title id={ (id) "-t" } { (title) }
                desc id={ (id) "-d" } { (description) }
                rect.band x=(percent(from)) width=(percent(to - from)) y="0" height=(height) {}
                @for tick in ticks {
                    @let x = percent(at(tick));
                    line.grid x1=(x) x2=(x) y1="0" y2=(height) {}
                    text.tick x=(x) y=(height) dy="16" text-anchor="middle" { "× " (format!("{tick:.2}")) }
                }
                line.axis x1="50%" x2="50%" y1="0" y2=(height) {}
                @for (row, one) in rows.iter().enumerate() {
                    @let y = row * ROW + 28;
                    line.whisker.(one.class) x1=(percent(at(one.from))) x2=(percent(at(one.to))) y1=(y) y2=(y) {}
                    circle.dot.(one.class) cx=(percent(at(one.at))) cy=(y) r="4.5" {}
                    text.rung-name x="0" y=(row * ROW + 15) { (one.name) }
                    text.total x="100%" y=(row * ROW + 15) text-anchor="end" { (one.value) }
                }
            }
        }
    }
}

/// Factors of two that the axis spans on each side: enough for all, a quarter at least.
pub(super) fn reach(rows: &[Whisker], threshold: f64) -> f64 {
    let ends = rows.iter().flat_map(|one| [one.from, one.at, one.to]).chain([1.0 + threshold]);
    let widest = ends.map(|ratio| ratio.clamp(1e-3, 1e3).log2().abs()).fold(0.0, f64::max);
    (widest * 1.1).max(0.25)
}
