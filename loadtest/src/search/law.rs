//! The universal scalability law through the trials: X(N) = λN / (1 + σ(N−1) + κN(N−1)).
//!
//! After N. J. Gunther, "Guerrilla Capacity Planning" (2007), chapter 5: N deliveries are under way, X are done a second; λ is what
//! one alone achieves, σ the share that waits in line for what only one can have, κ the cost of keeping together. For N/X the law is
//! linear in its coefficients, so that weighted linear least squares, the weights taken from the fit before, gives the least squares
//! of X itself without a search. σ and κ are not negative: of the fits with each of them free or 0 the best one that is allowed is
//! taken.

use reports::search::ScalabilityLaw;

/// Different throughputs that a fit of three coefficients needs: one more than it has.
pub const POINTS: usize = 4;
/// Refinements of the weights; they settle within a few.
const ROUNDS: usize = 30;
/// Two points closer than this part of each other tell no more than one.
const APART: f64 = 0.02;

/// One trial: deliveries under way, and webhooks a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Mean number under way.
    pub in_flight: f64,
    /// Throughput.
    pub per_s: f64,
}

/// Fits the law. Absent with fewer than [`POINTS`] different numbers under way.
#[must_use]
pub fn fit(points: &[Point]) -> Option<ScalabilityLaw> {
    let usable = |point: &&Point| point.in_flight > 0.0 && point.per_s > 0.0;
    let points: Vec<Point> = points.iter().filter(usable).copied().collect();
    if different(&points) < POINTS {
        return None;
    }
    // Columns of the linear form: the constant, σ's, κ's.
    let fits = [&[0, 1, 2][..], &[0, 1], &[0, 2], &[0]].map(|columns| fit_columns(&points, columns));
    let best = fits
        .into_iter()
        .flatten()
        .filter(allowed)
        .min_by(|a, b| error(&points, a).total_cmp(&error(&points, b)));
    best.map(|law| told(&points, &law))
}

/// Coefficients of N/X = a + b(N−1) + cN(N−1), with λ = 1/a, σ = b/a, κ = c/a.
type Linear = [f64; 3];

fn different(points: &[Point]) -> usize {
    let mut numbers: Vec<f64> = points.iter().map(|point| point.in_flight).collect();
    numbers.sort_by(f64::total_cmp);
    numbers.dedup_by(|later, earlier| *later <= *earlier * (1.0 + APART));
    numbers.len()
}

fn columns(in_flight: f64) -> [f64; 3] {
    [1.0, in_flight - 1.0, in_flight * (in_flight - 1.0)]
}

fn per_s(law: &Linear, in_flight: f64) -> f64 {
    let cost: f64 =
        columns(in_flight).iter().zip(law).map(|(column, coefficient)| column * coefficient).sum();
    in_flight / cost
}

/// λ above 0, σ and κ not below, and a throughput at every point.
fn allowed(law: &Linear) -> bool {
    law.iter().all(|coefficient| coefficient.is_finite()) && law[0] > 0.0 && law[1] >= 0.0 && law[2] >= 0.0
}

/// Sum of the squared differences in throughput.
fn error(points: &[Point], law: &Linear) -> f64 {
    points.iter().map(|point| (point.per_s - per_s(law, point.in_flight)).powi(2)).sum()
}

fn fit_columns(points: &[Point], free: &[usize]) -> Option<Linear> {
    let mut weights: Vec<f64> =
        points.iter().map(|point| point.per_s * point.per_s / point.in_flight).collect();
    let mut law = [0.0; 3];
    for _ in 0..ROUNDS {
        law = solve(points, &weights, free)?;
        let fitted: Vec<f64> = points.iter().map(|point| per_s(&law, point.in_flight)).collect();
        if fitted.iter().any(|per_s| !per_s.is_finite() || *per_s <= 0.0) {
            break;
        }
        // A small difference in N/X is X·X̂/N times as much in X.
        let weight = |(point, fitted): (&Point, &f64)| point.per_s * fitted / point.in_flight;
        weights = points.iter().zip(&fitted).map(weight).collect();
    }
    Some(law)
}

/// Weighted linear least squares by the normal equations, columns scaled so that they are of one size.
fn solve(points: &[Point], weights: &[f64], free: &[usize]) -> Option<Linear> {
    let mut scale = [0.0_f64; 3];
    for (point, weight) in points.iter().zip(weights) {
        for (scale, column) in scale.iter_mut().zip(columns(point.in_flight)) {
            *scale = scale.max((column * weight).abs());
        }
    }
    let mut matrix = [[0.0; 4]; 3];
    for (point, weight) in points.iter().zip(weights) {
        let row = columns(point.in_flight);
        let of = |column: usize| row[column] * weight / scale[column].max(f64::MIN_POSITIVE);
        for (line, column) in matrix.iter_mut().zip(free) {
            for (place, other) in free.iter().enumerate() {
                line[place] += of(*column) * of(*other);
            }
            line[3] += of(*column) * weight * point.in_flight / point.per_s;
        }
    }
    let solved = eliminate(matrix, free.len())?;
    let mut law = [0.0; 3];
    for (place, column) in free.iter().enumerate() {
        law[*column] = solved[place] / scale[*column];
    }
    Some(law)
}

/// Gaussian elimination with pivots; the right-hand side is the fourth column.
fn eliminate(mut matrix: [[f64; 4]; 3], size: usize) -> Option<[f64; 3]> {
    for step in 0..size {
        let pivot = (step..size).max_by(|a, b| matrix[*a][step].abs().total_cmp(&matrix[*b][step].abs()))?;
        matrix.swap(step, pivot);
        if matrix[step][step].abs() < 1e-12 {
            return None;
        }
        for row in 0..size {
            if row != step {
                let factor = matrix[row][step] / matrix[step][step];
                let line = matrix[step];
                for (cell, other) in matrix[row].iter_mut().zip(line) {
                    *cell -= factor * other;
                }
            }
        }
    }
    let mut solved = [0.0; 3];
    for row in 0..size {
        solved[row] = matrix[row][3] / matrix[row][row];
    }
    Some(solved)
}

#[expect(clippy::cast_precision_loss, reason = "a few trials")]
fn told(points: &[Point], law: &Linear) -> ScalabilityLaw {
    let (lambda_per_s, sigma, kappa) = (1.0 / law[0], law[1] / law[0], law[2] / law[0]);
    let mean = points.iter().map(|point| point.per_s).sum::<f64>() / points.len() as f64;
    let variation: f64 = points.iter().map(|point| (point.per_s - mean).powi(2)).sum();
    let r_squared = if variation > 0.0 { 1.0 - error(points, law) / variation } else { 0.0 };
    // Throughput is highest where its derivative vanishes: N = √((1−σ)/κ).
    let peak_in_flight = (kappa > 0.0 && sigma < 1.0).then(|| ((1.0 - sigma) / kappa).sqrt().max(1.0));
    let peak_per_min = peak_in_flight.map(|in_flight| per_s(law, in_flight) * 60.0);
    ScalabilityLaw { lambda_per_s, sigma, kappa, r_squared, peak_in_flight, peak_per_min }
}

#[cfg(test)]
mod tests;
