//! The seeds behind a cell, as a small picture: a line of dots, with the published number behind them.

use evidence::{Cell, Pair};
use maud::{Markup, html};

/// Width and height of a strip, in pixels.
const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 18.0;
/// From the end of the picture to the end of the strip: room for the arrow.
const PAD: f64 = 9.0;
/// The smallest distance from the middle of a strip to its end, in points.
const LEAST: f64 = 2.0;

/// How far the strips of one table reach to each side of our mean, in points: all seeds of all cells fit.
pub fn reach<'a>(pairs: impl Iterator<Item = &'a Pair>) -> f64 {
    let cells = pairs.filter_map(|pair| pair.ours.as_ref());
    let away = cells.flat_map(|cell| {
        cell.accuracies
            .iter()
            .map(|seed| (seed - cell.mean()).abs())
    });
    away.fold(LEAST, f64::max).ceil()
}

/// The strip of `pair`, whose middle is our mean; nothing without seeds.
pub fn render(pair: &Pair, reach: f64) -> Markup {
    let Some(ours) = &pair.ours else {
        return html! {};
    };
    let mean = ours.mean();
    let place = |value: f64| WIDTH / 2.0 + (value - mean) / reach * (WIDTH / 2.0 - PAD);
    let shown = |value: f64| format!("{:.1}", place(value));
    html! {
        svg.strip viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } width=(WIDTH) height=(HEIGHT) role="img" aria-label=(words(ours)) {
            line.axis x1=(PAD) x2=(WIDTH - PAD) y1=(HEIGHT / 2.0) y2=(HEIGHT / 2.0) {}
            @if let Some(paper) = &pair.paper {
                @let (low, high) = (place(paper.mean - paper.std), place(paper.mean + paper.std));
                @let (low, high) = (low.clamp(PAD, WIDTH - PAD), high.clamp(PAD, WIDTH - PAD));
                @if high > low {
                    rect.paper x=(format!("{low:.1}")) y="3" width=(format!("{:.1}", high - low)) height=(HEIGHT - 6.0) {}
                }
                @if (PAD..=WIDTH - PAD).contains(&place(paper.mean)) {
                    line.paper x1=(shown(paper.mean)) x2=(shown(paper.mean)) y1="1" y2=(HEIGHT - 1.0) {}
                } @else {
                    // An arrow at the end beyond which it lies.
                    @let end = if paper.mean < mean { [0.5, 5.5] } else { [WIDTH - 0.5, WIDTH - 5.5] };
                    polygon.paper points={ (end[0]) ",9 " (end[1]) ",4 " (end[1]) ",14" } {}
                }
            }
            @for seed in &ours.accuracies {
                circle.seed cx=(shown(*seed)) cy=(HEIGHT / 2.0) r="2.6" {}
            }
            title { (words(ours)) }
        }
    }
}

/// The accuracy of each seed.
fn words(cell: &Cell) -> String {
    let seeds = cell.by_seed().into_iter();
    let seeds: Vec<String> = seeds
        .map(|(seed, value)| format!("{seed}: {value:.1}"))
        .collect();
    format!("Accuracy by seed. {}", seeds.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::small;

    #[test]
    fn all_seeds_of_all_cells_fit() {
        let comparison = small();
        let pairs = comparison.rows.iter().flat_map(|(_, pairs)| pairs);
        // ERM at 0.9 has 10 and 20 per cent.
        assert_eq!(reach(pairs), 5.0);
        let [_, far] = &comparison.rows[0].1[..] else {
            panic!("two columns");
        };
        let strip = render(far, 5.0).into_string();
        assert!(
            strip.contains("Accuracy by seed. 0: 10.0, 1: 20.0"),
            "{strip}"
        );
        assert!(
            strip.contains("cx=\"9.0\"") && strip.contains("cx=\"111.0\""),
            "{strip}"
        );
        // 40 is beyond the right end of 10 to 20.
        assert!(
            strip.contains("points=\"119.5,9 114.5,4 114.5,14\""),
            "{strip}"
        );
        // Just beyond the end, where there is room in the picture: an arrow, and no bar.
        let mut near = far.clone();
        near.paper.as_mut().unwrap().mean = 20.3;
        let strip = render(&near, 5.0).into_string();
        assert!(
            strip.contains("<polygon") && !strip.contains("<line class=\"paper\""),
            "{strip}"
        );
        near.paper.as_mut().unwrap().mean = 19.9;
        let strip = render(&near, 5.0).into_string();
        assert!(
            !strip.contains("<polygon") && strip.contains("<line class=\"paper\""),
            "{strip}"
        );
        assert_eq!(render(&Pair::default(), 5.0).into_string(), "");
    }
}
