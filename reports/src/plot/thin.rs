//! Fewer points for the same picture.

/// A point of a line; absent where nothing was measured, and the line has a gap.
pub(crate) type Point = Option<(f64, f64)>;

/// At most about twice `buckets` points: the lowest and the highest of every bucket, in the order in which they came.
///
/// Peaks and dips survive, whatever the length of the run; one pass over the points.
pub(crate) fn thin(points: &[Point], buckets: usize) -> Vec<Point> {
    let buckets = buckets.max(1);
    if points.len() <= buckets * 2 {
        return points.to_vec();
    }
    let mut out = Vec::with_capacity(buckets * 2);
    for bucket in 0..buckets {
        let (from, to) = (bucket * points.len() / buckets, (bucket + 1) * points.len() / buckets);
        out.extend(extremes(&points[from..to]));
    }
    out
}

/// The lowest and the highest point, the earlier first; one where they are the same; a gap where there is none.
fn extremes(points: &[Point]) -> Vec<Point> {
    let mut present = points.iter().flatten().copied();
    let Some(first) = present.next() else { return vec![None] };
    let (mut low, mut high) = (first, first);
    for point in present {
        if point.1 < low.1 {
            low = point;
        }
        if point.1 > high.1 {
            high = point;
        }
    }
    match low.0.total_cmp(&high.0) {
        std::cmp::Ordering::Less => vec![Some(low), Some(high)],
        std::cmp::Ordering::Equal => vec![Some(low)],
        std::cmp::Ordering::Greater => vec![Some(high), Some(low)],
    }
}
