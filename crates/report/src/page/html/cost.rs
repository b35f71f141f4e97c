//! What the runs took, and on which machine.

use maud::{Markup, html};

use super::grid;
use super::record::{Call, Record};

/// The times of all calls.
pub fn render(record: &Record) -> Markup {
    let total = &record.total;
    html! {
        section aria-labelledby="cost" {
            h2 #cost { "What it cost" }
            p {
                (total.runs) " runs (one seed of one row each) took " (minutes(total.wall_s)) " and "
                (minutes(total.cpu_s)) " of CPU time. "
                @if total.runs > 0 {
                    "A run took " (format!("{:.0}", total.cpu_s / total.runs as f64)) " CPU seconds on average. "
                }
                (format!("{:.1}", 100.0 * total.share_not_training)) " % of the CPU time was not training."
            }
            @for (place, call) in record.calls.iter().enumerate() {
                (grid::facts(&format!("Call {} of make reproduce", place + 1), &facts(call)))
                (grid::render(&format!("Seconds of each stage in call {}, summed over its programs", place + 1), &stages(call), 1))
            }
        }
    }
}

fn minutes(seconds: f64) -> String {
    format!("{:.1} minutes", seconds / 60.0)
}

fn facts(call: &Call) -> [(&'static str, String); 9] {
    let unknown = || "not known".to_owned();
    let cores = call.cores.map_or_else(unknown, |cores| cores.to_string());
    [
        ("command", call.command.clone()),
        ("commit", call.commit.clone().unwrap_or_else(unknown)),
        ("CPU", call.cpu.clone().unwrap_or_else(unknown)),
        ("its features", call.features.join(", ")),
        ("cores", cores),
        ("precision of training", call.precision.join(", ")),
        ("runs", call.runs.to_string()),
        ("time", minutes(call.wall_s)),
        ("CPU time", minutes(call.cpu_s)),
    ]
}

fn stages(call: &Call) -> (Vec<String>, Vec<Vec<String>>) {
    let header = ["stage", "seconds", "CPU seconds"].map(str::to_owned);
    let rows = call.stages.iter().map(|(stage, took)| {
        vec![
            stage.clone(),
            format!("{:.1}", took.wall_s),
            format!("{:.1}", took.cpu_s),
        ]
    });
    (header.into(), rows.collect())
}
