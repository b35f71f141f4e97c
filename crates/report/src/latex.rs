//! The pieces of LaTeX that tables and claims share.

/// Takes their meaning from LaTeX's own characters, and writes the signs we use as its commands.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\\' => escaped += r"\textbackslash{}",
            '~' => escaped += r"\textasciitilde{}",
            '^' => escaped += r"\textasciicircum{}",
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => escaped.extend(['\\', character]),
            // In the old text encoding these three print as something else.
            '|' | '<' | '>' => escaped.extend(['$', character, '$']),
            '±' => escaped += r"$\pm$",
            '−' => escaped += "$-$",
            '≤' => escaped += r"$\le$",
            '·' => escaped += r"$\cdot$",
            '√' => escaped += r"$\surd$",
            '²' => escaped += "$^2$",
            '–' => escaped += "--",
            '‡' => escaped += r"$^\ddagger$",
            '…' => escaped += r"\dots{}",
            // After the end of a row these two would be its arguments.
            '[' | '*' => escaped.extend(['{', character, '}']),
            // Two hyphens would become a dash.
            '-' if escaped.ends_with('-') => escaped += "{}-",
            '`' => escaped += r"\textasciigrave{}",
            '†' => escaped += r"$^\dagger$",
            '✓' => escaped += r"$\checkmark$",
            '✗' => escaped += r"$\times$",
            '\u{fffd}' => escaped.push('?'),
            other => match greek(other) {
                Some(command) => escaped += &format!("$\\{command}$"),
                None => escaped.push(other),
            },
        }
    }
    escaped
}

/// The command for a Greek letter that has one.
fn greek(letter: char) -> Option<&'static str> {
    const SMALL: [&str; 25] = [
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
        "lambda", "mu", "nu", "xi", "", "pi", "rho", "varsigma", "sigma", "tau", "upsilon", "phi",
        "chi", "psi", "omega",
    ];
    let small = (letter as usize).checked_sub('α' as usize);
    let small = small.and_then(|place| SMALL.get(place).copied());
    let large = match letter {
        'Γ' => "Gamma",
        'Δ' => "Delta",
        'Θ' => "Theta",
        'Λ' => "Lambda",
        'Ξ' => "Xi",
        'Π' => "Pi",
        'Σ' => "Sigma",
        'Φ' => "Phi",
        'Ψ' => "Psi",
        'Ω' => "Omega",
        _ => "",
    };
    small.or(Some(large)).filter(|command| !command.is_empty())
}

/// A row of a table.
pub fn line(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(" & ") + r" \\"
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn what_means_something_to_latex_is_text() {
        assert_eq!(escape("[1] *a*"), "{[}1] {*}a{*}");
        assert_eq!(escape("a--b`"), r"a-{}-b\textasciigrave{}");
        assert_eq!(escape("λΩσ漢"), r"$\lambda$$\Omega$$\sigma$漢");
        assert_eq!(
            escape(r"\_{$&%#^~"),
            r"\textbackslash{}\_\{\$\&\%\#\textasciicircum{}\textasciitilde{}"
        );
    }
}
