//! How figures are drawn: what they show ([`plot`], [`axis`]), how that looks ([`style`]), and the files ([`encode`]).

pub mod axis;
mod draw;
pub mod encode;
pub mod plot;
pub mod style;
