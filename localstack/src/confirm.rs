//! Asks before something is sent that costs money and stays there.

use std::io::{BufRead, IsTerminal as _, Write};

/// Nobody said yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotConfirmed {
    /// Somebody was asked.
    #[error("nothing was sent: it was not answered with yes")]
    Declined,
    /// Nobody can be asked.
    #[error(
        "nothing was sent: there is no terminal to ask at\nNext: --yes, if what is told above is what you want."
    )]
    Nobody,
}

/// Asks on the terminal, unless the answer was given by `yes` already. Blocks.
///
/// # Errors
/// Nobody said yes.
pub fn confirmed(yes: bool) -> Result<(), NotConfirmed> {
    let stdin = std::io::stdin();
    let terminal = stdin.is_terminal() && std::io::stderr().is_terminal();
    ask(yes, terminal, &mut stdin.lock(), &mut std::io::stderr().lock())
}

fn ask(
    yes: bool,
    terminal: bool,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> Result<(), NotConfirmed> {
    if yes {
        return Ok(());
    }
    if !terminal {
        return Err(NotConfirmed::Nobody);
    }
    // Whoever does not see the question does not answer yes.
    drop(write!(output, "Type yes to send it: ").and_then(|()| output.flush()));
    let mut line = String::new();
    match input.read_line(&mut line) {
        Ok(_) if line.trim() == "yes" => Ok(()),
        _ => Err(NotConfirmed::Declined),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(yes: bool, terminal: bool, typed: &str, expected: Result<(), NotConfirmed>, asked: bool) {
        let mut output = Vec::new();
        assert_eq!(ask(yes, terminal, &mut typed.as_bytes(), &mut output), expected, "{typed:?}");
        assert_eq!(!output.is_empty(), asked, "{typed:?}");
    }

    #[test]
    fn only_a_whole_yes_is_one() {
        check(true, false, "", Ok(()), false);
        check(false, true, "yes\n", Ok(()), true);
        for typed in ["", "\n", "y\n", "no\n", "yes please\n"] {
            check(false, true, typed, Err(NotConfirmed::Declined), true);
        }
        check(false, false, "yes\n", Err(NotConfirmed::Nobody), false);
    }
}
