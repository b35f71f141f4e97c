//! Tiny random problems, and the objectives written a second time: directly, on a dense network, with
//! candle's autograd through everything.

use candle_core::{DType, Device, Tensor, Var};
use environment::{Environment, Inputs};
use network::{CandleEngine, Layer, Parameters, RowOrder, Shape};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub struct Problem {
    pub environments: Vec<Environment>,
    pub engine: CandleEngine,
    pub theta: Parameters,
    pub direction: Parameters,
}

/// `count` environments of a few rows each, 3-channel images of 2×2 pixels, a 12-6-5-out network.
pub fn problem(count: usize, classes: usize, seed: u64) -> Problem {
    problem_of(9, count, classes, seed)
}

/// The same with `rows` rows in the first environment, and in each further one 4 more.
pub fn problem_of(rows: usize, count: usize, classes: usize, seed: u64) -> Problem {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let environments: Vec<Environment> = (0..count)
        .map(|e| {
            let rows = rows + 4 * e;
            let mut images = vec![0u8; rows * 12];
            for image in images.chunks_exact_mut(12) {
                let channel = rng.random_range(0..3);
                rng.fill(&mut image[channel * 4..][..4]);
            }
            let labels = (0..rows).map(|_| rng.random_range(0..classes as u32));
            let (images, labels) = (Inputs::Images(images), labels.collect());
            Environment::new("random", &[rows, 3, 2, 2], images, labels, classes)
        })
        .collect();
    let mut parameters = || {
        let shape = Shape {
            inputs: 12,
            hidden: vec![6, 5],
            outputs: Shape::outputs_for(classes),
        };
        let mut random = |dims: &[usize]| {
            let values: Vec<f64> = (0..dims.iter().product())
                .map(|_| rng.random_range(-0.8..0.8))
                .collect();
            Tensor::from_vec(values, dims, &Device::Cpu).unwrap()
        };
        let layers = shape.layers().into_iter().map(|(out, input)| Layer {
            weight: random(&[out, input]),
            bias: random(&[out]),
        });
        Parameters {
            layers: layers.collect(),
        }
    };
    let (theta, direction) = (parameters(), parameters());
    let engine = CandleEngine::new(&environments, classes, DType::F64, &Device::Cpu).unwrap();
    Problem {
        environments,
        engine,
        theta,
        direction,
    }
}

/// `[n, out]`, of a dense network.
fn logits(theta: &[Tensor], environment: &Environment) -> Tensor {
    let Inputs::Images(images) = &environment.inputs else {
        panic!("no images");
    };
    let pixels: Vec<f64> = images.iter().map(|&p| f64::from(p) / 255.0).collect();
    let mut h = Tensor::from_vec(pixels, (environment.facts.shape[0], 12), &Device::Cpu).unwrap();
    for (l, pair) in theta.chunks_exact(2).enumerate() {
        let a = h
            .matmul(&pair[0].t().unwrap())
            .unwrap()
            .broadcast_add(&pair[1])
            .unwrap();
        h = if l == 2 { a } else { a.relu().unwrap() };
    }
    h
}

/// The risk, in the autograd graph.
pub fn risk(theta: &[Tensor], environment: &Environment) -> Tensor {
    negative_log_likelihood(&logits(theta, environment), environment)
}

fn negative_log_likelihood(logits: &Tensor, environment: &Environment) -> Tensor {
    let rows = environment.facts.shape[0];
    let labels = Tensor::from_slice(&environment.labels, (rows, 1), &Device::Cpu).unwrap();
    // Two classes are a softmax over the logits 0 and z.
    let scores = match logits.dims()[1] {
        1 => Tensor::cat(&[&logits.zeros_like().unwrap(), logits], 1).unwrap(),
        _ => logits.clone(),
    };
    let total = scores.exp().unwrap().sum_keepdim(1).unwrap().log().unwrap();
    let chosen = scores.gather(&labels, 1).unwrap();
    (total - chosen).unwrap().mean_all().unwrap()
}

/// ∇_s R(s∘logits), with autograd taking the derivative.
fn scale_gradient(theta: &[Tensor], environment: &Environment) -> Tensor {
    let h = logits(theta, environment);
    let outputs = h.dims()[1];
    let s = Var::ones((1, outputs), DType::F64, &Device::Cpu).unwrap();
    let scaled = h.broadcast_mul(s.as_tensor()).unwrap();
    let gradients = negative_log_likelihood(&scaled, environment)
        .backward()
        .unwrap();
    gradients.get(&s).unwrap().clone()
}

/// ‖∇_s R(s∘logits)‖².
pub fn irm_penalty(theta: &[Tensor], environment: &Environment) -> Tensor {
    let gradient = scale_gradient(theta, environment);
    gradient.sqr().unwrap().sum_all().unwrap()
}

/// The product of ∇_s R(s∘logits) of the rows at even and at odd places of the engine's order.
pub fn irm_penalty_of_halves(theta: &[Tensor], environment: &Environment) -> Tensor {
    let order: Vec<usize> = RowOrder::of(environment).rows().collect();
    let [even, odd] = [0, 1].map(|first| {
        let rows: Vec<usize> = order[first..].iter().copied().step_by(2).collect();
        scale_gradient(theta, &environment.take(&rows))
    });
    (even * odd).unwrap().sum_all().unwrap()
}

pub fn variables(theta: &Parameters) -> Vec<Var> {
    theta
        .tensors()
        .map(|t| Var::from_tensor(t).unwrap())
        .collect()
}

/// ‖a − b‖ and ‖b‖.
pub fn distance(a: &Parameters, b: &[Tensor]) -> (f64, f64) {
    let mut error = 0.0;
    let mut size = 0.0;
    for (a, b) in a.tensors().zip(b) {
        let sum = |t: Tensor| {
            t.sqr()
                .unwrap()
                .sum_all()
                .unwrap()
                .to_scalar::<f64>()
                .unwrap()
        };
        error += sum((a - b).unwrap());
        size += sum(b.clone());
    }
    (error.sqrt(), size.sqrt())
}
