//! The geometry of a line chart: round axes and paths in a box of 100 by 100.

/// One axis: its ends, and the round values marked on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// Lower end.
    pub min: f64,
    /// Upper end.
    pub max: f64,
    /// Marked values.
    pub ticks: Vec<f64>,
}

impl Axis {
    /// An axis from one round value to another that holds all of `values`, marked about `marks`
    /// times. Without values it runs from 0 to 1.
    pub fn round(values: impl Iterator<Item = f64>, marks: usize) -> Self {
        let (min, max) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), value| {
            (min.min(value), max.max(value))
        });
        if min > max {
            return Self::round([0.0, 1.0].into_iter(), marks);
        }
        let spread = if max - min > 1e-9 { max - min } else { min.abs().max(1.0) * 0.1 };
        let step = round_step(spread / marks as f64);
        let first = (min / step).floor();
        let last = (max / step).ceil().max(first + 1.0);
        let count = (last - first) as usize;
        let ticks: Vec<f64> = (0..=count).map(|at| (first + at as f64) * step).collect();
        Self { min: first * step, max: last * step, ticks }
    }

    /// An axis with the given ends, which are marked with what lies evenly between.
    pub fn fixed(min: f64, max: f64, parts: usize) -> Self {
        let ticks = (0..=parts).map(|at| min + (max - min) * at as f64 / parts as f64).collect();
        Self { min, max, ticks }
    }

    /// Whole numbers from 0 to at least `most`, marked at round ones.
    pub fn steps(most: f64, marks: usize) -> Self {
        let step = round_step(most / marks as f64).max(1.0);
        let count = (most / step).floor() as usize;
        let ticks = (0..=count).map(|at| at as f64 * step).collect();
        Self { min: 0.0, max: most.max(1.0), ticks }
    }

    /// Where a value lies, in percent of the axis.
    pub fn percent(&self, value: f64) -> f64 {
        (value - self.min) / (self.max - self.min) * 100.0
    }

    /// The value at a share of the axis, 0 at its lower end.
    pub fn at(&self, share: f64) -> f64 {
        self.min + share * (self.max - self.min)
    }
}

/// 1, 2 or 5 times a power of ten, the smallest of them not below `rough`.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.max(f64::MIN_POSITIVE).log10().floor());
    let factor = rough / power;
    // A hair of tolerance, so that 2.0000000001 is 2 and not 5.
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| factor <= round * 1.000_001);
    round.unwrap_or(10.0) * power
}

/// More points than this can't be told apart on a screen.
pub const POINTS: usize = 600;

/// At most `most` points: each stands for the mean of its share, and the last stays as it is.
pub fn thin(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    if points.len() <= most || most < 2 {
        return points.to_vec();
    }
    let share = points.len().div_ceil(most - 1);
    let mean = |chunk: &[(f64, f64)]| {
        let sum = chunk.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
        (sum.0 / chunk.len() as f64, sum.1 / chunk.len() as f64)
    };
    let mut thinned: Vec<(f64, f64)> = points.chunks(share).map(mean).collect();
    thinned.extend(points.last());
    thinned
}

/// An SVG path through the points, in a box of 100 by 100 with y downwards.
pub fn path(points: &[(f64, f64)], x: &Axis, y: &Axis) -> String {
    let mut path = String::new();
    for (at, &(px, py)) in points.iter().enumerate() {
        let letter = if at == 0 { 'M' } else { 'L' };
        path.push_str(&format!("{letter}{:.2} {:.2}", x.percent(px), 100.0 - y.percent(py)));
    }
    path
}

/// An SVG path that a round line cap turns into one dot a point.
pub fn dots(points: &[(f64, f64)], x: &Axis, y: &Axis) -> String {
    points
        .iter()
        .map(|&(px, py)| format!("M{:.2} {:.2}h0", x.percent(px), 100.0 - y.percent(py)))
        .collect()
}

/// A line through the points; a lone one, through which no line leads, is a dot.
pub fn line_or_dot(points: &[(f64, f64)], x: &Axis, y: &Axis) -> String {
    if is_lone(points) { dots(points, x, y) } else { path(points, x, y) }
}

/// Whether there is one point alone.
pub fn is_lone(points: &[(f64, f64)]) -> bool {
    points.len() == 1
}

/// The value at the logged step nearest to `at`.
pub fn nearest(points: &[(f64, f64)], at: f64) -> Option<(f64, f64)> {
    let distance = |point: &(f64, f64)| (point.0 - at).abs();
    points.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// That where a step is pointed at, else the last value.
pub fn at(points: &[(f64, f64)], step: Option<f64>) -> Option<(f64, f64)> {
    match step {
        Some(step) => nearest(points, step),
        None => points.last().copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_values_and_hold_all() {
        let axis = Axis::round([0.13, 0.693, 0.41].into_iter(), 4);
        assert_eq!((axis.min, axis.ticks.len()), (0.0, 5));
        assert!((axis.max - 0.8).abs() < 1e-12, "{axis:?}");
        let axis = Axis::round([-3.0, 12.0].into_iter(), 4);
        assert_eq!(axis.ticks, [-5.0, 0.0, 5.0, 10.0, 15.0]);
        assert_eq!((axis.at(0.25), axis.percent(0.0)), (0.0, 25.0));
    }

    #[test]
    fn one_value_or_none_still_has_an_axis() {
        for values in [vec![], vec![0.693], vec![0.0, 0.0]] {
            let axis = Axis::round(values.into_iter(), 4);
            assert!(axis.max > axis.min && axis.ticks.len() >= 2, "{axis:?}");
        }
    }

    #[test]
    fn steps_are_whole() {
        assert_eq!(Axis::steps(60.0, 6).ticks, [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        assert_eq!(Axis::steps(3.0, 6).ticks, [0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn a_path_runs_from_bottom_left_to_top_right() {
        let axis = Axis::fixed(0.0, 10.0, 2);
        assert_eq!(path(&[(0.0, 0.0), (10.0, 10.0)], &axis, &axis), "M0.00 100.00L100.00 0.00");
    }

    #[test]
    fn a_point_alone_is_a_dot() {
        let axis = Axis::fixed(0.0, 10.0, 2);
        assert_eq!(line_or_dot(&[(5.0, 5.0)], &axis, &axis), "M50.00 50.00h0");
        assert_eq!(line_or_dot(&[(0.0, 0.0), (5.0, 5.0)], &axis, &axis).matches('L').count(), 1);
        assert_eq!(line_or_dot(&[], &axis, &axis), "");
    }

    #[test]
    fn thinning_keeps_the_last_point_and_the_mean() {
        let points: Vec<(f64, f64)> = (0..1000).map(|at| (f64::from(at), 2.0)).collect();
        let thinned = thin(&points, 100);
        assert!(thinned.len() <= 100);
        assert_eq!(thinned.last(), Some(&(999.0, 2.0)));
        assert!(thinned.iter().all(|point| point.1 == 2.0));
    }
}
