//! Random environments and parameters.

use candle_core::{Device, Tensor};
use environment::{Environment, Inputs};
use network::{Layer, Parameters, Shape};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Random images of `channels` channels of 3×2 pixels: most rows light one channel, some several or
/// none, and the second pixel never lights up.
pub fn environment(
    rows: usize,
    channels: usize,
    classes: usize,
    rng: &mut ChaCha8Rng,
) -> Environment {
    let mut images = vec![0; rows * channels * 6];
    for image in images.chunks_exact_mut(channels * 6) {
        for _ in 0..[1, 1, 1, 0, 2][rng.random_range(0..5)] {
            let channel = rng.random_range(0..channels);
            for pixel in [0, 2, 3, 4, 5] {
                image[channel * 6 + pixel] = rng.random::<u8>();
            }
        }
    }
    let labels = labels(rows, classes, rng);
    let shape = [rows, channels, 3, 2];
    Environment::new("random", &shape, Inputs::Images(images), labels, classes)
}

/// Random numbers `[rows, 7]`, some of them 0.
pub fn numbers(rows: usize, classes: usize, rng: &mut ChaCha8Rng) -> Environment {
    let number = |_| match rng.random_range(0..4) {
        0 => 0.0,
        _ => rng.random_range(-2.0..2.0f32),
    };
    let numbers = (0..rows * 7).map(number).collect();
    let labels = labels(rows, classes, rng);
    Environment::new(
        "random",
        &[rows, 7],
        Inputs::Numbers(numbers),
        labels,
        classes,
    )
}

fn labels(rows: usize, classes: usize, rng: &mut ChaCha8Rng) -> Vec<u32> {
    (0..rows)
        .map(|_| rng.random_range(0..classes as u32))
        .collect()
}

/// Random parameters in f64, biases included.
pub fn parameters(shape: &Shape, rng: &mut ChaCha8Rng) -> Parameters {
    let mut random = |dims: &[usize]| {
        let values: Vec<f64> = (0..dims.iter().product())
            .map(|_| rng.random_range(-0.7..0.7))
            .collect();
        Tensor::from_vec(values, dims, &Device::Cpu).unwrap()
    };
    let layers = shape
        .layers()
        .into_iter()
        .map(|(out, input)| Layer {
            weight: random(&[out, input]),
            bias: random(&[out]),
        })
        .collect();
    Parameters { layers }
}
