//! A loss as a drawing: curves, this row's point on them, and the slope there.

use super::symbol::Tone;
use crate::chart::Axis;
use crate::format::short;

/// A drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// What it shows.
    pub title: &'static str,
    /// What lies along the bottom, with its unit.
    pub across: &'static str,
    /// One curve or two.
    pub curves: Vec<Curve>,
    /// Places that matter.
    pub marks: Vec<Mark>,
    /// Along the bottom.
    pub x: Axis,
    /// Along the side.
    pub y: Axis,
}

/// A curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Tells it from the other one; empty where it is alone.
    pub name: &'static str,
    /// Its colour.
    pub tone: Tone,
    /// From left to right.
    pub points: Vec<(f64, f64)>,
    /// Where this row is.
    pub here: Option<Here>,
}

/// This row's point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Here {
    /// Along the bottom.
    pub x: f64,
    /// Along the side.
    pub y: f64,
    /// The curve's there.
    pub slope: f64,
}

/// A place along the bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Where.
    pub at: f64,
    /// What is there.
    pub label: &'static str,
}

impl Plot {
    /// A drawing that holds all of its curves.
    pub fn new(
        title: &'static str,
        across: &'static str,
        curves: Vec<Curve>,
        marks: Vec<Mark>,
    ) -> Self {
        let points = || curves.iter().flat_map(|curve| &curve.points);
        let finite = |value: &f64| value.is_finite();
        let ends = points().map(|point| point.0);
        let (low, high) = ends
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        // Not rounded outwards: beyond its ends nothing is drawn.
        let round = Axis::round([low, high].into_iter(), 4);
        let ticks = round.ticks.into_iter().filter(|tick| (low..=high).contains(tick)).collect();
        let x = Axis { min: low, max: high, ticks };
        let y = Axis::round(points().map(|point| point.1).filter(finite), 4);
        Self { title, across, curves, marks, x, y }
    }

    /// The tangent at this row's point: a sixth of the width to both sides, less where it would
    /// leave the drawing.
    pub fn tangent(&self, curve: &Curve) -> Vec<(f64, f64)> {
        let Some(here) = curve.here else { return Vec::new() };
        let far = (self.x.max - self.x.min) / 6.0;
        let end = |side: f64| {
            let edge = if side < 0.0 { here.x - self.x.min } else { self.x.max - here.x };
            let rise = here.slope * side;
            let room = if rise > 0.0 { self.y.max - here.y } else { here.y - self.y.min };
            let length = far.min(edge).min(if rise == 0.0 { far } else { room / rise.abs() });
            (here.x + side * length, here.y + rise * length)
        };
        vec![end(-1.0), end(1.0)]
    }

    /// The drawing for those who don't see it.
    pub fn spoken(&self) -> String {
        let curve = |curve: &Curve| {
            let here = curve.here?;
            let [x, y, slope] = [here.x, here.y, here.slope].map(short);
            let name = if curve.name.is_empty() { "the curve" } else { curve.name };
            Some(format!("At {x} {name} is {y} and its slope {slope}."))
        };
        let curves: Vec<String> = self.curves.iter().filter_map(curve).collect();
        let marks =
            self.marks.iter().map(|mark| format!("{} is at {}.", mark.label, short(mark.at)));
        let sentences: Vec<String> = curves.into_iter().chain(marks).collect();
        format!("{}, along {}. {}", self.title, self.across, sentences.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(here: Here) -> (Plot, Curve) {
        let points = vec![(-6.0, 0.0), (6.0, 12.0)];
        let curve = Curve { name: "", tone: Tone::Loss, points, here: Some(here) };
        let marks = vec![Mark { at: 2.0, label: "1/β" }];
        (Plot::new("Loss", "margin h, nats", vec![curve.clone()], marks), curve)
    }

    /// 12 wide, so 2 to each side; y ends at 0 and 15 (Axis::round goes in steps of 5).
    #[test]
    fn a_tangent_stays_inside() {
        let (it, curve) = plot(Here { x: 0.0, y: 6.0, slope: 1.0 });
        assert_eq!((it.x.min, it.x.max, it.y.min, it.y.max), (-6.0, 6.0, 0.0, 15.0));
        assert_eq!(it.tangent(&curve), [(-2.0, 4.0), (2.0, 8.0)]);
        // Steep: down it has 6 nats of room, a slope of 6 takes 1 for that; up 9 take 1.5.
        let (it, curve) = plot(Here { x: 0.0, y: 6.0, slope: 6.0 });
        assert_eq!(it.tangent(&curve), [(-1.0, 0.0), (1.5, 15.0)]);
        let (it, curve) = plot(Here { x: 5.5, y: 0.0, slope: 0.0 });
        assert_eq!(it.tangent(&curve), [(3.5, 0.0), (6.0, 0.0)]);
    }

    #[test]
    fn ticks_lie_within_the_curve_and_all_is_said() {
        let (it, _) = plot(Here { x: 0.5, y: 6.5, slope: 1.0 });
        assert!(it.x.ticks.iter().all(|tick| (-6.0..=6.0).contains(tick)));
        let words =
            "Loss, along margin h, nats. At 0.5 the curve is 6.5 and its slope 1. 1/β is at 2.";
        assert_eq!(it.spoken(), words);
    }
}
