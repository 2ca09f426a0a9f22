//! `trend.md`: a table a kind of run, with p99 and rate as small pictures of text.

use super::{Group, Trend};
use crate::figures::{count, millis_or_dash, number};
use crate::markdown::{line, row, table, text};
use crate::record::Verdict;

/// The text of `trend.md`.
pub fn render(report: &Trend) -> String {
    let mut out = String::with_capacity(4 * 1024);
    line(&mut out, &format!("## {} runs over time\n", report.runs()));
    for group in &report.groups {
        of_group(&mut out, group);
    }
    if !report.unreadable.is_empty() {
        line(&mut out, "### Not read\n");
        for why in &report.unreadable {
            line(&mut out, &format!("- {}", text(why)));
        }
    }
    out
}

fn of_group(out: &mut String, group: &Group) {
    line(out, &format!("### {}\n", text(&group.title())));
    let p99 = sparkline(&group.runs.iter().map(|run| run.ack_p99_ms).collect::<Vec<_>>());
    let rate = sparkline(&group.runs.iter().map(|run| Some(run.achieved_per_min)).collect::<Vec<_>>());
    line(out, &format!("p99 `{p99}`, rate `{rate}`, oldest first\n"));
    table(out, &["", "Started", "Run", "Seed", "p50", "p99", "Webhooks/min", "Holes"], 5);
    for run in &group.runs {
        let sign = match run.verdict {
            Verdict::Pass => "✅",
            Verdict::Fail => "❌",
            Verdict::Unknown => "❔",
        };
        row(
            out,
            &[
                sign.to_owned(),
                text(&run.started_at),
                text(&run.run),
                run.seed.to_string(),
                millis_or_dash(run.ack_p50_ms),
                millis_or_dash(run.ack_p99_ms),
                number(run.achieved_per_min.round()),
                count(run.holes),
            ],
        );
    }
    out.push('\n');
}

/// Values as blocks of eight heights, from zero to the largest; a gap where there is none.
pub(super) fn sparkline(values: &[Option<f64>]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = values.iter().flatten().copied().fold(0.0, f64::max);
    values
        .iter()
        .map(|value| match value {
            Some(value) if most > 0.0 => {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
                let height = (value / most * 8.0).ceil().clamp(1.0, 8.0) as usize - 1;
                BLOCKS[height]
            }
            Some(_) => BLOCKS[0],
            None => ' ',
        })
        .collect()
}
