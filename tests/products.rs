//! The kernels for products on a GPU, each in every layout against the CPU, and the choice of them.

use burn::tensor::{Device, Tensor, TensorData};
use temper_engine::device::read;
use temper_engine::kernels::matmul::{self, Layout, Variant};
use temper_tests::{cpu, gpu};

/// Batch, m, k and n: less than a tile, tiles that don't fill, and several.
const SIZES: [[usize; 4]; 4] = [[1, 4, 4, 4], [2, 68, 36, 52], [3, 128, 64, 200], [3, 8, 20, 12]];

fn operands(layout: Layout, sizes: [usize; 4], device: &Device) -> [Tensor<3>; 2] {
    let [a, b] = layout.shapes(sizes);
    [(a, 0.7), (b, 0.3)].map(|(shape, seed): ([usize; 3], f32)| {
        let count = shape.iter().product::<usize>();
        let values: Vec<f32> = (0..count).map(|i| ((i as f32 + 1.0) * seed).sin()).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    })
}

fn values(tensor: Tensor<3>) -> Vec<f32> {
    pollster::block_on(read(tensor)).expect("the device answers")
}

fn by(variant: Variant, layout: Layout, sizes: [usize; 4]) -> Vec<f32> {
    let [a, b] = operands(layout, sizes, &gpu().device);
    values(matmul::by(variant, a, b, layout).expect("sizes that it takes"))
}

fn assert_right(what: &str, layout: Layout, sizes: [usize; 4], found: &[f32]) {
    let [a, b] = operands(layout, sizes, &cpu().device);
    let expected = values(matmul::matmul(a, b, layout));
    assert_eq!(expected.len(), found.len(), "{what}");
    for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
        let error = (expected - found).abs();
        assert!(error < 1e-4, "{what}, at {at}: {found}, expected {expected}");
    }
}

#[test]
fn every_kernel_gives_the_cpus_product() {
    for sizes in SIZES {
        for layout in Layout::ALL {
            for variant in Variant::ALL {
                let what = format!("{variant:?} {layout:?} {sizes:?}");
                assert_right(&what, layout, sizes, &by(variant, layout, sizes));
            }
        }
    }
}

/// Batch, m, k and n that the fast kernels don't take: one column or row or step, a vocabulary of odd
/// size, more matrices, rows of them or blocks of the result than workgroups along an axis.
const ODD: [[usize; 4]; 8] = [
    [1, 1, 1, 1],
    [2, 67, 29, 1],
    [1, 1, 37, 53],
    [3, 5, 1, 7],
    [1, 3, 9, 5_025],
    [1, 4_194_305, 1, 1],
    [4_194_305, 1, 1, 1],
    [65_537, 4, 4, 4],
];

#[test]
fn there_is_a_product_for_every_size() {
    let device = gpu().device;
    for sizes in ODD {
        for layout in Layout::ALL {
            let [a, b] = operands(layout, sizes, &device);
            let found = values(matmul::matmul(a, b, layout));
            assert_right("product", layout, sizes, &found);
            let [a, b] = operands(layout, sizes, &device);
            assert!(matmul::by(Variant::Registers, a, b, layout).is_none(), "{sizes:?}");
        }
    }
}

#[test]
fn no_numbers_give_zeros() {
    let device = gpu().device;
    for (sizes, expected) in [([2, 3, 0, 5], 30), ([2, 0, 4, 4], 0), ([0, 4, 4, 4], 0)] {
        for layout in Layout::ALL {
            let [a, b] = operands(layout, sizes, &device);
            let found = values(matmul::matmul(a, b, layout));
            assert_eq!(found, vec![0.0; expected], "{layout:?} {sizes:?}");
        }
    }
}

/// Rows, or k, that nothing reads four at a time.
#[test]
fn every_kernel_takes_odd_sizes_where_it_can() {
    for variant in Variant::ALL {
        for (layout, sizes) in [
            (Layout::Plain, [2, 67, 20, 72]),
            (Layout::RightTransposed, [2, 1, 84, 68]),
            (Layout::LeftTransposed, [2, 72, 37, 68]),
        ] {
            let what = format!("{variant:?} {layout:?} {sizes:?}");
            assert_right(&what, layout, sizes, &by(variant, layout, sizes));
        }
    }
}

/// So that a choice by time changes no run. Drivers of real GPUs may contract sums as they like.
#[test]
fn the_kernels_sum_in_the_same_order() {
    if !gpu().info.software {
        return;
    }
    for sizes in SIZES {
        for layout in Layout::ALL {
            let [first, second] = Variant::ALL.map(|variant| by(variant, layout, sizes));
            assert_eq!(first, second, "{layout:?} {sizes:?}");
        }
    }
}

#[test]
fn an_open_gpu_has_a_kernel_for_every_layout() {
    let device = gpu().device;
    let choice = matmul::chosen(&device).expect("chosen when it was opened");
    assert!(choice.iter().all(Option::is_some), "{choice:?}");
    // An emulator isn't asked to race them.
    pollster::block_on(matmul::choose(&device, &Variant::ALL)).expect("the device answers");
    let choice = matmul::chosen(&device).expect("chosen again");
    assert!(choice.iter().all(Option::is_some), "{choice:?}");
    pollster::block_on(matmul::choose(&device, &[])).expect("the device answers");
    assert_eq!(matmul::chosen(&device), Some([None; 3]), "none is right, none is chosen");
    let [a, b] = operands(Layout::Plain, SIZES[1], &device);
    let found = values(matmul::matmul(a, b, Layout::Plain));
    assert_right("the one for all sizes", Layout::Plain, SIZES[1], &found);
    if gpu().info.software {
        let fast = by(Variant::Registers, Layout::Plain, SIZES[1]);
        assert_eq!(found, fast, "summed in the same order");
    }
}

#[test]
fn the_cpu_has_nothing_to_choose() {
    let device = cpu().device;
    pollster::block_on(matmul::choose(&device, &Variant::ALL)).expect("nothing to do");
    assert_eq!(matmul::chosen(&device), None);
}
