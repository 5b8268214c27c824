//! Sorting without a readback: burn sorts on the host, which a browser's GPU can't wait for.
//!
//! The rank of each value is a count of comparisons, so it costs pairs² of them: nothing for a
//! micro-batch. The order itself has no gradient; the sorted values have that of a permutation.

use burn::tensor::{Device, Tensor, TensorData};

/// The values from the smallest to the largest, equal ones in their order. `[rows]`
pub(super) fn ascending(values: &Tensor<1>) -> Tensor<1> {
    let [rows] = values.dims();
    let picked = permutation(values.clone().inner()) * across(values.clone());
    picked.sum_dim(1).reshape([rows])
}

/// 1 at `[rank, row]` of each row. `[rows, rows]`
fn permutation(values: Tensor<1>) -> Tensor<2> {
    let [rows] = values.dims();
    let (own, other) = (across(values.clone()), down(values.clone()));
    let earlier = other.clone().equal(own.clone()).float() * earlier(rows, &values.device());
    let before = other.lower(own).float() + earlier;
    let ranks = before.sum_dim(0).reshape([rows]);
    let positions: Vec<f32> = (0..rows).map(|row| row as f32).collect();
    let positions = Tensor::from_data(TensorData::new(positions, [rows]), &values.device());
    down(positions).equal(across(ranks)).float()
}

/// 1 at `[other, own]` where `other` comes before `own`. `[rows, rows]`
fn earlier(rows: usize, device: &Device) -> Tensor<2> {
    let ones = (0..rows * rows).map(|at| if at / rows < at % rows { 1.0 } else { 0.0 });
    Tensor::from_data(TensorData::new(ones.collect::<Vec<f32>>(), [rows, rows]), device)
}

/// Every row is `values`. `[rows, rows]`
fn across(values: Tensor<1>) -> Tensor<2> {
    let [rows] = values.dims();
    values.reshape([1, rows]).repeat_dim(0, rows)
}

/// Every column is `values`. `[rows, rows]`
fn down(values: Tensor<1>) -> Tensor<2> {
    let [rows] = values.dims();
    values.reshape([rows, 1]).repeat_dim(1, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::testing::{close, gradient, tensor, tracked, values};

    /// Sorted, 3 1 2 1 is x1 x3 x2 x0, so weights 1 10 100 1000 on the ranks are the gradients.
    #[test]
    fn sorts_and_hands_each_gradient_back_to_its_row() {
        let input = tracked(&[3.0, 1.0, 2.0, 1.0]);
        let sorted = ascending(&input);
        let weighted = sorted.clone() * tensor(&[1.0, 10.0, 100.0, 1000.0]);
        let mut gradients = weighted.sum().backward();
        close(&values(sorted), &[1.0, 1.0, 2.0, 3.0], 0.0);
        close(&gradient(&input, &mut gradients), &[1000.0, 1.0, 100.0, 10.0], 0.0);
    }

    #[test]
    fn one_row_is_sorted() {
        close(&values(ascending(&tensor(&[-2.5]))), &[-2.5], 0.0);
    }
}
