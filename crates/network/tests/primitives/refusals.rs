//! What an engine is given that does not fit is refused in words, and never panics or is cut to size.

use candle_core::{DType, Device, Tensor};
use kernels::F32;
use network::{CandleEngine, Engine, FusedEngine, Parameters, Shape};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::problem::{environment, parameters};

fn shaped(inputs: usize, layers: usize, classes: usize) -> Parameters {
    let shape = Shape::new(inputs, 4, layers, classes).unwrap();
    let drawn = parameters(&shape, &mut ChaCha8Rng::seed_from_u64(1));
    drawn.to_dtype(DType::F32).unwrap()
}

fn refuses<E: Engine>(engine: &E) {
    let said = |result: anyhow::Result<()>| format!("{:#}", result.unwrap_err());
    let theta = shaped(12, 2, 2);
    let pass = engine.forward(&theta, 0).unwrap();
    for wrong in [shaped(18, 2, 2), shaped(6, 2, 2), shaped(12, 2, 3)] {
        let expected = "expected 12 and 1";
        assert!(said(engine.forward(&wrong, 0).map(drop)).contains(expected));
        assert!(said(engine.risk_gradient(&wrong, 0).map(drop)).contains(expected));
        assert!(said(engine.logits_and_risk_gradient(&wrong, 0).map(drop)).contains(expected));
    }
    let double = theta.to_dtype(DType::F64).unwrap();
    assert!(said(engine.forward(&double, 0).map(drop)).contains("type F32, found F64"));
    for shape in [(40, 2), (39, 1), (41, 1)] {
        let cotangent = Tensor::ones(shape, DType::F32, &Device::Cpu).unwrap();
        let found = said(engine.pullback(&theta, 0, &pass, &cotangent).map(drop));
        assert!(found.contains("expected [40, 1]"), "{found}");
    }
    for direction in [shaped(12, 1, 2), shaped(12, 3, 2), shaped(18, 2, 2)] {
        let product = engine.hessian_vector(&theta, 0, &pass, &direction);
        assert!(said(product.map(drop)).contains("expected"));
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let environment = environment(40, 2, 2, &mut ChaCha8Rng::seed_from_u64(0));
    let environments = std::slice::from_ref(&environment);
    refuses(&CandleEngine::new(environments, 2, DType::F32, &Device::Cpu).unwrap());
    refuses(&FusedEngine::new(environments, 2, F32).unwrap());

    let (two, three) = (shaped(12, 2, 2), shaped(12, 3, 2));
    assert!(two.dot(&three).is_err());
    assert!(two.add_scaled(1.0, &three).is_err());
}
