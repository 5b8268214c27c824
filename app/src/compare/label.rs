//! Keeps the words beside points from lying on one another.

/// Heights for labels, near to those wanted and at least `apart` from one another where there is
/// room. Percent of the drawing's height; a label keeps its index.
pub fn spread(wanted: &[f64], apart: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let mut places = wanted.to_vec();
    // Pushed down from the top, then up again from the bottom, where they would leave it.
    let mut least = 0.0;
    for &at in &order {
        places[at] = places[at].max(least);
        least = places[at] + apart;
    }
    let mut most = 100.0;
    for &at in order.iter().rev() {
        places[at] = places[at].min(most);
        most = places[at] - apart;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_apart_and_inside() {
        assert_eq!(spread(&[50.0, 10.0], 6.0), [50.0, 10.0]);
        assert_eq!(spread(&[50.0, 52.0, 10.0], 6.0), [50.0, 56.0, 10.0]);
        assert_eq!(spread(&[98.0, 99.0], 6.0), [94.0, 100.0]);
        assert!(spread(&[], 6.0).is_empty());
    }
}
