//! How lines look: told apart by colour, by dashes and by markers, each of which would do alone.

use std::f64::consts::TAU;

use anyhow::{Result, ensure};
use plotters::style::RGBColor;

/// How many looks there are.
pub const STYLES: usize = 9;

/// The look of a figure's penalty, and of the published numbers in its legend: the solid one.
pub const SOLID: usize = 4;

/// The number of `objective`'s own look, if it has one: the registered objectives and their variants have the looks in
/// their order there, and all that see no colour have the last one. Others take what is free in their figure.
pub fn own_look(objective: &str) -> Option<usize> {
    if objective.ends_with(objective::GRAYSCALE_SUFFIX) {
        return Some(STYLES - 1);
    }
    let place = objective::rank(objective);
    let registered = objective::names()
        .get(place)
        .is_some_and(|name| name == objective);
    (registered && place < STYLES - 1).then_some(place)
}

/// The look of a line.
#[derive(Clone, Copy)]
pub struct Style {
    /// Of the line, its markers and its deviations.
    pub color: RGBColor,
    /// Length of a dash and of the gap after it, in pixels; `None` for a solid line.
    pub dash: Option<(u32, u32)>,
    marker: Marker,
}

#[derive(Clone, Copy)]
enum Marker {
    /// A disc.
    Round,
    /// A regular polygon of so many corners, the first turned by this part of a full turn from the
    /// top.
    Regular(u32, f64),
    /// A star of so many points.
    Star(u32),
}

/// Grey and a dark red beside seven of the eight colours of Okabe and Ito (2008), which the
/// colour-blind can tell apart; in the order of the objectives' registry.
const LOOKS: [Style; STYLES] = {
    use Marker::{Regular, Round, Star};
    [
        look((213, 94, 0), Some((26, 10)), Regular(3, 0.0)),
        look((0, 114, 178), Some((14, 8)), Regular(4, 0.125)),
        look((0, 158, 115), Some((8, 8)), Regular(4, 0.0)),
        look((86, 180, 233), Some((3, 7)), Regular(3, 0.5)),
        look((0, 0, 0), None, Round),
        look((230, 159, 0), Some((40, 10)), Star(5)),
        look((204, 121, 167), Some((20, 20)), Regular(5, 0.0)),
        look((136, 34, 85), Some((8, 16)), Star(4)),
        look((119, 119, 119), Some((3, 14)), Regular(6, 0.0)),
    ]
};

const fn look((r, g, b): (u8, u8, u8), dash: Option<(u32, u32)>, marker: Marker) -> Style {
    Style {
        color: RGBColor(r, g, b),
        dash,
        marker,
    }
}

/// The look number `index`, below [`STYLES`].
pub fn style(index: usize) -> Style {
    LOOKS[index]
}

/// A look for each line of these objectives: the objective's own, so that an objective
/// looks the same in every figure, or where that is taken the first that is free.
///
/// # Errors
/// Where there are more lines than looks.
pub fn assign(objectives: &[&str]) -> Result<Vec<usize>> {
    ensure!(
        objectives.len() <= STYLES,
        "{} lines in one figure cannot be told apart, at most {STYLES} can; give the scores of fewer \
         settings",
        objectives.len()
    );
    let mut taken = [false; STYLES];
    let mut assigned = vec![None; objectives.len()];
    // First those that get their own, so that no other takes it from them.
    for (slot, objective) in assigned.iter_mut().zip(objectives) {
        if let Some(own) = own_look(objective).filter(|&own| !taken[own]) {
            taken[own] = true;
            *slot = Some(own);
        }
    }
    let mut free = (0..STYLES).filter(|&index| !taken[index]);
    Ok(assigned
        .into_iter()
        .map(|slot| slot.unwrap_or_else(|| free.next().expect("no more lines than looks")))
        .collect())
}

/// The outline of a marker, in pixels.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub enum Outline {
    /// A disc; the radius in pixels.
    Circle { radius: u32 },
    /// Corners, in order.
    Polygon(Vec<(i32, i32)>),
}

impl Style {
    /// The marker of `radius` pixels around the pixel `(x, y)`.
    pub fn marker(&self, (x, y): (i32, i32), radius: f64) -> Outline {
        let corner = |turn: f64, radius: f64| {
            let (sine, cosine) = (turn * TAU).sin_cos();
            let corner = (f64::from(x) + radius * sine, f64::from(y) - radius * cosine);
            (corner.0.round() as i32, corner.1.round() as i32)
        };
        let corners = match self.marker {
            Marker::Round => {
                return Outline::Circle {
                    radius: radius.round() as u32,
                };
            }
            Marker::Regular(corners, turn) => {
                // Of about the same area whatever the number of corners.
                let radius = radius * (1.0 + 1.0 / f64::from(corners));
                (0..corners)
                    .map(|k| corner(turn + f64::from(k) / f64::from(corners), radius))
                    .collect()
            }
            Marker::Star(points) => (0..2 * points)
                .map(|k| {
                    let reach = if k % 2 == 0 { 1.4 } else { 0.6 };
                    corner(f64::from(k) / f64::from(2 * points), reach * radius)
                })
                .collect(),
        };
        Outline::Polygon(corners)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_objective_keeps_its_look_unless_it_is_taken() {
        assert_eq!(assign(&["meta-irm", "erm"]).unwrap(), [4, 0]);
        assert_eq!(assign(&["mine", "erm", "erm"]).unwrap(), [1, 0, 2]);
        let all = assign(&["mine"; STYLES]).unwrap();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), STYLES);
        assert!(assign(&["erm"; STYLES + 1]).is_err());
    }

    /// A figure that was printed once is not to change with a new objective.
    #[test]
    fn the_objectives_of_the_paper_have_the_looks_that_they_had() {
        let had = [
            "erm",
            "irmv1",
            "v-rex",
            "mm-rex",
            "meta-irm",
            "meta-irm-no-std",
            "meta-irm-first-order",
            "meta-irm-same-env",
            "erm-grayscale",
        ];
        assert_eq!(had.map(own_look), std::array::from_fn(Some));
        assert_eq!(own_look("my-own"), None);
    }

    /// Whatever the registry holds: those that have no look of their own are drawn all the same.
    #[test]
    fn every_registered_objective_can_be_drawn() {
        for name in objective::names() {
            let looks = assign(&[&name, "my-own"]).unwrap();
            assert_ne!(looks[0], looks[1], "{name}");
        }
    }

    #[test]
    fn dashes_and_markers_differ_without_the_colour() {
        let dashes: BTreeSet<_> = (0..STYLES).map(|index| style(index).dash).collect();
        assert_eq!(dashes.len(), STYLES);
        let markers: BTreeSet<_> = (0..STYLES)
            .map(|index| style(index).marker((0, 0), 20.0))
            .collect();
        assert_eq!(markers.len(), STYLES);
    }
}
