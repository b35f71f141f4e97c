//! The reader of checkpoints against a second one that is slow and obvious, and parameters that come back as they were written.

use artifact::NamedTensor;
use proptest::prelude::*;
use safetensors::tensor::Dtype;
use serde::de::IgnoredAny;

/// A tensor of a file.
#[derive(Clone, Debug)]
struct Held {
    name: String,
    is_f32: bool,
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// (weight, bias) of each layer, with its shape; `None` where the tensors are no network.
type Layers = Vec<([usize; 2], Vec<f32>, Vec<f32>)>;

fn slow(tensors: &[Held]) -> Option<Layers> {
    let mut layers: Layers = Vec::new();
    loop {
        let number = layers.len() + 1;
        let part = |part: &str| {
            let name = format!("fc{number}.{part}");
            tensors.iter().find(|tensor| tensor.name == name)
        };
        let (Some(weight), Some(bias)) = (part("weight"), part("bias")) else {
            break;
        };
        let [outputs, inputs] = weight.shape[..] else {
            return None;
        };
        let finite = weight
            .values
            .iter()
            .chain(&bias.values)
            .all(|value| value.is_finite());
        let follows = layers.last().is_none_or(|(above, _, _)| above[0] == inputs);
        if !(finite && follows && weight.is_f32 && bias.is_f32 && bias.shape == [outputs]) {
            return None;
        }
        layers.push((
            [outputs, inputs],
            weight.values.clone(),
            bias.values.clone(),
        ));
    }
    let ([outputs, _], _, _) = layers.last()?;
    (tensors.len() == 2 * layers.len() && *outputs != 2).then_some(layers)
}

/// The tensors of a network, and what is wrong with one of them, if anything is.
fn tensors() -> impl Strategy<Value = Vec<Held>> {
    let sizes = prop::collection::vec(1usize..5, 2..5);
    let change = prop::option::of((any::<usize>(), 0usize..6));
    (sizes, change).prop_flat_map(|(sizes, change)| {
        let numbers = sizes
            .windows(2)
            .map(|pair| (pair[0] + 1) * pair[1])
            .sum::<usize>();
        prop::collection::vec(-1e30f32..1e30, numbers).prop_map(move |numbers| {
            let mut numbers = numbers.into_iter();
            let mut tensors = Vec::new();
            for (place, pair) in sizes.windows(2).enumerate() {
                for (part, shape) in [("weight", vec![pair[1], pair[0]]), ("bias", vec![pair[1]])] {
                    tensors.push(Held {
                        name: format!("fc{}.{part}", place + 1),
                        is_f32: true,
                        values: numbers.by_ref().take(shape.iter().product()).collect(),
                        shape,
                    });
                }
            }
            if let Some((place, kind)) = change {
                let place = place % tensors.len();
                let changed = &mut tensors[place];
                match kind {
                    0 => changed.name += "s",
                    1 => changed.is_f32 = false,
                    2 => changed.values[0] = f32::INFINITY,
                    3 => changed.shape.reverse(),
                    4 => changed.shape.push(1),
                    _ => {
                        tensors.remove(place);
                    }
                }
            }
            tensors
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn checkpoints_are_read_as_the_slow_reader_reads_them(tensors in tensors()) {
        let bytes: Vec<Vec<u8>> = tensors
            .iter()
            .map(|held| held.values.iter().flat_map(|value| value.to_le_bytes()).collect())
            .collect();
        let named: Vec<NamedTensor> = tensors
            .iter()
            .zip(&bytes)
            .map(|(held, bytes)| {
                let dtype = if held.is_f32 { Dtype::F32 } else { Dtype::I32 };
                (&*held.name, dtype, held.shape.clone(), &**bytes)
            })
            .collect();
        let file = artifact::encode(&named, &()).unwrap();
        let found = network::decode::<IgnoredAny>("c", &file).ok().map(|checkpoint| {
            let layers = checkpoint.parameters.layers.into_iter();
            layers
                .map(|layer| {
                    let (outputs, inputs) = layer.weight.dims2().unwrap();
                    let weight = layer.weight.flatten_all().unwrap().to_vec1::<f32>().unwrap();
                    ([outputs, inputs], weight, layer.bias.to_vec1::<f32>().unwrap())
                })
                .collect::<Layers>()
        });
        prop_assert_eq!(found, slow(&tensors), "{:?}", tensors);
    }
}
