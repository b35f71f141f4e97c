//! Pictures of the environments.

use maud::{Markup, html};

use super::picture::Sheet;

/// One picture for each kind.
pub fn render(sheets: &[Sheet]) -> Markup {
    html! {
        section aria-labelledby="environments" {
            h2 #environments { "The environments" }
            p { "Some images of each kind of environments: one line for each environment." }
            div.sheets { @for sheet in sheets { (sheet.render()) } }
        }
    }
}
