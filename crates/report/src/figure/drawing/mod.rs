//! How figures are drawn: what they show ([`plot`], [`differences`], [`axis`]), how that looks ([`style`]), and the files ([`encode`]).

pub mod axis;
pub mod differences;
mod draw;
pub mod encode;
pub mod layout;
mod legend;
pub mod plot;
mod shapes;
pub mod style;
mod text;
