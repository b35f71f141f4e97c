//! The fast engine for CPUs: the formulas of the candle engine, in products of one of the machine's kernels, an [`Arithmetic`],
//! on blocks of rows that stay in the cache.

mod block_inputs;
mod chunks;
mod general;
mod one_logit;
mod simd;
mod strips;
mod values;
mod workspace;

use anyhow::Result;
use candle_core::{DType, Device, Tensor};
use environment::Environment;
use kernels::Arithmetic;

use crate::blocked::Blocked;
use crate::{Engine, Parameters, Pass, Targets};
use block_inputs::BlockInputs;

/// Rows of one block: 384 rows of 390 units are 0.3 MB in bf16 and 0.6 MB in f32. Measured with meta-IRM in
/// bf16, 256 and 512 rows took some 4 % longer.
const BLOCK_ROWS: usize = 384;

/// The fast engine and the environments it holds. Parameters are f32; products are as precise as `A`.
pub struct FusedEngine<A: Arithmetic> {
    arithmetic: A,
    environments: Vec<Blocked<BlockInputs<A>>>,
    memory: Memory<A>,
}

/// What passes use again.
struct Memory<A: Arithmetic> {
    general: general::Memory<A>,
    one_logit: one_logit::Memory<A>,
}

/// What [`FusedEngine`] keeps of a pass.
pub struct FusedTrace<A: Arithmetic>(Kept<A>);

enum Kept<A: Arithmetic> {
    General(general::Trace<A>),
    OneLogit(Box<one_logit::Trace<A>>),
}

impl<A: Arithmetic> FusedEngine<A> {
    /// Holds `environments`; the network tells `classes` classes apart.
    ///
    /// # Errors
    /// Where a label is not below `classes`.
    pub fn new(environments: &[Environment], classes: usize, arithmetic: A) -> Result<Self> {
        let hold = |environment| {
            let device = &Device::Cpu;
            Blocked::new(
                environment,
                classes,
                BLOCK_ROWS,
                DType::F32,
                device,
                |values, columns| Ok(BlockInputs::new(&arithmetic, values, columns)),
            )
        };
        let environments = environments.iter().map(hold).collect::<Result<_>>()?;
        Ok(Self {
            arithmetic,
            environments,
            memory: Memory {
                general: Default::default(),
                one_logit: Default::default(),
            },
        })
    }

    fn parts(&self, e: usize) -> (&A, &Blocked<BlockInputs<A>>) {
        (&self.arithmetic, &self.environments[e])
    }
}

impl<A: Arithmetic> Engine for FusedEngine<A> {
    type Trace = FusedTrace<A>;

    fn environments(&self) -> usize {
        self.environments.len()
    }

    fn targets(&self, e: usize) -> &Targets {
        &self.environments[e].targets
    }

    fn forward(&self, theta: &Parameters, e: usize) -> Result<Pass<FusedTrace<A>>> {
        let (a, blocked) = self.parts(e);
        blocked.check(theta, DType::F32)?;
        let (logits, kept) = if one_logit::fits(theta) {
            let (logits, trace) = one_logit::forward(a, &self.memory.one_logit, blocked, theta)?;
            (logits, Kept::OneLogit(Box::new(trace)))
        } else {
            let (logits, trace) = general::forward(a, &self.memory.general, blocked, theta)?;
            (logits, Kept::General(trace))
        };
        Ok(Pass {
            logits,
            trace: FusedTrace(kept),
        })
    }

    fn pullback(
        &self,
        _: &Parameters,
        e: usize,
        pass: &Pass<FusedTrace<A>>,
        cotangent: &Tensor,
    ) -> Result<Parameters> {
        let (a, blocked) = self.parts(e);
        blocked.check_cotangent(cotangent)?;
        match &pass.trace.0 {
            Kept::General(trace) => {
                general::pullback(a, &self.memory.general, blocked, trace, cotangent)
            }
            Kept::OneLogit(trace) => {
                one_logit::pullback(a, &self.memory.one_logit, blocked, trace, cotangent)
            }
        }
    }

    fn risk_gradient(
        &self,
        theta: &Parameters,
        e: usize,
    ) -> Result<(Pass<FusedTrace<A>>, Parameters)> {
        let (a, blocked) = self.parts(e);
        blocked.check(theta, DType::F32)?;
        let (logits, kept, gradient) = if one_logit::fits(theta) {
            let (logits, trace, gradient) =
                one_logit::risk_gradient(a, &self.memory.one_logit, blocked, theta)?;
            (logits, Kept::OneLogit(Box::new(trace)), gradient)
        } else {
            let (logits, trace, gradient) =
                general::risk_gradient(a, &self.memory.general, blocked, theta)?;
            (logits, Kept::General(trace), gradient)
        };
        let trace = FusedTrace(kept);
        Ok((Pass { logits, trace }, gradient))
    }

    fn hessian_vector(
        &self,
        theta: &Parameters,
        e: usize,
        pass: &Pass<FusedTrace<A>>,
        direction: &Parameters,
    ) -> Result<Parameters> {
        let (a, blocked) = self.parts(e);
        blocked.check_direction(theta, direction, DType::F32)?;
        let logits = &pass.logits;
        match &pass.trace.0 {
            Kept::General(trace) => {
                general::hessian_vector(a, &self.memory.general, blocked, trace, logits, direction)
            }
            Kept::OneLogit(trace) => one_logit::hessian_vector(
                a,
                &self.memory.one_logit,
                blocked,
                theta,
                trace,
                logits,
                direction,
            ),
        }
    }

    fn logits_and_risk_gradient(
        &self,
        theta: &Parameters,
        e: usize,
    ) -> Result<(Tensor, Parameters)> {
        let (a, blocked) = self.parts(e);
        blocked.check(theta, DType::F32)?;
        if one_logit::fits(theta) {
            return one_logit::logits_and_risk_gradient(a, &self.memory.one_logit, blocked, theta);
        }
        general::logits_and_risk_gradient(a, &self.memory.general, blocked, theta)
    }
}
