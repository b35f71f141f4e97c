//! Random environments and parameters.

use candle_core::{Device, Tensor};
use environment::Environment;
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
    Environment {
        name: "random".into(),
        shape: [rows, channels, 3, 2],
        images,
        labels: (0..rows)
            .map(|_| rng.random_range(0..classes as u32))
            .collect(),
        classes,
        recipe: None,
        sha256: String::new(),
    }
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
