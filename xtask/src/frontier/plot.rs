//! `frontier.svg`: KL against reward, a line a method.
//!
//! Colour says what a method learns from and the marker which method it is, so that few colours
//! tell many methods apart, for the colour-blind too. Where reward was bought with bad English the
//! marker is hollow.

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::point::{self, Point};
use super::table::{BASE, FAMILIES, Family, Kind};
use crate::error::ChoreError;

/// Pixels. The plot brings its own background, for pages light and dark.
const SIZE: (u32, u32) = (800, 560);
/// Where the legend begins, right of the axes.
const LEGEND: i32 = 644;
/// Between two rows of the legend.
const ROW: i32 = 19;
/// A round marker's.
const RADIUS: i32 = 5;

/// The reward axis begins here, or where a point lies lower.
const LEAST_REWARD: f64 = 0.4;
/// Below this share of reviews in good English a marker is hollow.
const READABLE: f64 = 0.5;

const PAPER: RGBColor = RGBColor(255, 255, 255);
const INK: RGBColor = RGBColor(34, 34, 34);
const SOFT: RGBColor = RGBColor(90, 90, 90);
const GRID: RGBColor = RGBColor(228, 228, 228);

/// The corners of a kind's first, second, third and fourth marker around its middle; the first
/// is round.
const MARKERS: [&[(i32, i32)]; 4] = [
    &[],
    &[(-5, -5), (5, -5), (5, 5), (-5, 5)],
    &[(0, -6), (6, 5), (-6, 5)],
    &[(0, -7), (7, 0), (0, 7), (-7, 0)],
];

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Frame = Cartesian2d<RangedCoordf64, RangedCoordf64>;
type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<std::io::Error>>;

/// The plot as SVG.
pub fn svg(points: &[Point]) -> Result<String, ChoreError> {
    let mut text = String::new();
    let canvas = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
    let drawn = draw(&canvas, points).and_then(|()| canvas.present());
    drop(canvas);
    drawn.map_err(|error| ChoreError::Plot(error.to_string()))?;
    Ok(text)
}

fn draw(canvas: &Canvas<'_>, points: &[Point]) -> Drawn {
    canvas.fill(&PAPER)?;
    titles(canvas, points)?;
    let frame = axes(canvas, points)?;
    let place = |point: &Point| frame.translate(&(root_kl(point), point.measured.reward));
    for family in FAMILIES {
        let line: Vec<(i32, i32)> =
            point::by_kl(points, family.name).into_iter().map(place).collect();
        if line.len() > 1 {
            canvas.draw(&PathElement::new(line, line_style(family.kind)))?;
        }
    }
    // After all lines, so that none crosses a marker.
    for family in FAMILIES {
        for point in point::by_kl(points, family.name) {
            mark(canvas, place(point), family, point.measured.reads_well >= READABLE)?;
        }
    }
    for point in point::by_kl(points, BASE) {
        mark_base(canvas, place(point))?;
    }
    legend(canvas, points)
}

fn titles(canvas: &Canvas<'_>, points: &[Point]) -> Drawn {
    let samples = points.first().map_or(0, |point| point.measured.samples);
    let worst = points.iter().map(|point| point.measured.reward_stderr).fold(0.0, f64::max);
    let what = format!(
        "A point is a run of the default model: {samples} reviews of held-out subjects, \
         standard error at most {worst:.2}"
    );
    canvas.draw_text("Reward against distance from the reference", &heading(), (16, 20))?;
    canvas.draw_text(&what, &words(12.0, SOFT), (16, 42))
}

/// Draws the axes; the frame they span turns values into pixels.
fn axes(canvas: &Canvas<'_>, points: &[Point]) -> Drawn<Frame> {
    let furthest = points.iter().map(root_kl).fold(1.0, f64::max);
    let lowest = points.iter().map(|point| point.measured.reward).fold(LEAST_REWARD, f64::min);
    let lowest = (lowest * 10.0).floor() / 10.0;
    let mut chart = ChartBuilder::on(canvas)
        .margin_top(64)
        .margin_right(SIZE.0 as i32 - LEGEND + 16)
        .margin_bottom(8)
        .margin_left(8)
        .x_label_area_size(52)
        .y_label_area_size(58)
        .build_cartesian_2d(0.0..furthest * 1.04, lowest..1.0)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(SOFT)
        .label_style(words(12.0, SOFT))
        .axis_desc_style(words(13.0, INK))
        .x_labels(9)
        .y_labels(8)
        .x_label_formatter(&|root: &f64| point::round(root * root, 2).to_string())
        .y_label_formatter(&|reward: &f64| format!("{reward:.1}"))
        .x_desc("KL from the reference, nats a review (square-root scale)")
        .y_desc("gold reward: how pleased a review is, 0 to 1")
        .draw()?;
    Ok(chart.as_coord_spec().clone())
}

/// The axis is that of the square root: near the reference little KL buys most of the reward.
fn root_kl(point: &Point) -> f64 {
    // Its estimate can fall just below 0.
    point.measured.kl.max(0.0).sqrt()
}

fn legend(canvas: &Canvas<'_>, points: &[Point]) -> Drawn {
    let has = |method: &str| points.iter().any(|point| point.method == method);
    let (middle, text) = (LEGEND + 12, LEGEND + 34);
    let mut y = 76;
    if has(BASE) {
        mark_base(canvas, (middle, y))?;
        canvas.draw_text("before training", &words(13.0, INK), (text, y))?;
        y += ROW;
    }
    for kind in Kind::ALL {
        let mut families = FAMILIES.iter().filter(|f| f.kind == kind && has(f.name)).peekable();
        if families.peek().is_some() {
            y += ROW / 2;
            canvas.draw_text(kind.title(), &words(12.0, SOFT), (LEGEND, y))?;
            y += ROW;
        }
        for family in families {
            let line = vec![(LEGEND, y), (LEGEND + 24, y)];
            canvas.draw(&PathElement::new(line, line_style(kind)))?;
            mark(canvas, (middle, y), family, true)?;
            canvas.draw_text(family.label, &words(13.0, INK), (text, y))?;
            y += ROW;
        }
    }
    if points.iter().all(|point| point.measured.reads_well >= READABLE) {
        return Ok(());
    }
    y += ROW / 2;
    canvas.draw(&Circle::new((middle, y), RADIUS, SOFT.stroke_width(2)))?;
    canvas.draw_text("hollow: under", &words(12.0, SOFT), (text, y))?;
    canvas.draw_text("half read well", &words(12.0, SOFT), (text, y + 16))
}

/// A method's marker, hollow where it isn't solid.
fn mark(canvas: &Canvas<'_>, (x, y): (i32, i32), family: &Family, solid: bool) -> Drawn {
    let colour = colour(family.kind);
    let (fill, edge) = match solid {
        // A thin edge of paper keeps apart what lies close together.
        true => (colour.filled(), PAPER.stroke_width(1)),
        false => (PAPER.filled(), colour.stroke_width(2)),
    };
    let corners = corners(family);
    if corners.is_empty() {
        canvas.draw(&Circle::new((x, y), RADIUS, fill))?;
        return canvas.draw(&Circle::new((x, y), RADIUS, edge));
    }
    let mut outline: Vec<(i32, i32)> = corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
    canvas.draw(&Polygon::new(outline.clone(), fill))?;
    outline.extend_from_within(..1);
    canvas.draw(&PathElement::new(outline, edge))
}

fn mark_base(canvas: &Canvas<'_>, place: (i32, i32)) -> Drawn {
    canvas.draw(&Cross::new(place, RADIUS, INK.stroke_width(2)))
}

/// Families of a kind differ by their markers.
fn corners(family: &Family) -> &'static [(i32, i32)] {
    let before = FAMILIES.iter().take_while(|other| other.name != family.name);
    let place = before.filter(|other| other.kind == family.kind).count();
    MARKERS[place % MARKERS.len()]
}

/// Of Okabe and Ito's palette, which the colour-blind can tell apart.
fn colour(kind: Kind) -> RGBColor {
    match kind {
        Kind::Imitation => RGBColor(85, 85, 85),
        Kind::GivenPairs => RGBColor(0, 114, 178),
        Kind::NoReference => RGBColor(213, 94, 0),
        Kind::OwnReviews => RGBColor(0, 158, 115),
        Kind::SelfPlay => RGBColor(204, 121, 167),
    }
}

fn line_style(kind: Kind) -> ShapeStyle {
    colour(kind).mix(0.6).stroke_width(2)
}

fn heading() -> TextStyle<'static> {
    beside(("sans-serif", in_points(17.0), FontStyle::Bold).into_font().color(&INK))
}

fn words(pixels: f64, colour: RGBColor) -> TextStyle<'static> {
    beside(("sans-serif", in_points(pixels)).into_font().color(&colour))
}

/// Begins at its place, centred on the place's height.
fn beside(style: TextStyle<'static>) -> TextStyle<'static> {
    style.pos(Pos::new(HPos::Left, VPos::Center))
}

/// The SVG backend writes sizes divided by this.
fn in_points(pixels: f64) -> f64 {
    pixels * 1.24
}

#[cfg(test)]
mod tests {
    use super::super::table::plans;
    use super::*;

    #[test]
    fn every_method_of_a_kind_has_a_marker_of_its_own() {
        for kind in Kind::ALL {
            let of_kind = FAMILIES.iter().filter(|family| family.kind == kind);
            let mut markers: Vec<_> = of_kind.map(corners).collect();
            let all = markers.len();
            markers.sort_unstable();
            markers.dedup();
            assert_eq!(markers.len(), all, "{kind:?}");
        }
    }

    #[test]
    fn the_plot_names_every_method_it_shows_and_no_other() {
        let mut points: Vec<Point> = plans().iter().map(|plan| Point::of(plan, 2.0, 0.8)).collect();
        let all = svg(&points).expect("drawn");
        assert!(FAMILIES.iter().all(|family| all.contains(family.label)));
        assert!(!all.contains("hollow"));
        points.retain(|point| ["base", "ppo"].contains(&point.method.as_str()));
        points[1].measured.reads_well = 0.2;
        let some = svg(&points).expect("drawn");
        assert!(some.contains("PPO") && some.contains("hollow") && !some.contains("RLOO"));
        assert!(svg(&[]).is_ok());
    }
}
