//! Reading passwords: from a terminal that does not show them, or from a pipe.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read, Write as _},
};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use types::SecretString;

/// A password, with its line's end, is not longer than this.
const PASSWORD_BYTES_MAX: u64 = 1024;

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PromptError {
    #[error("there is no terminal to ask for the password ({0}); use --password-stdin")]
    NoTerminal(io::Error),
    #[error("the password cannot be read: {0}")]
    Unreadable(io::Error),
}

/// The password that a pipe brings, without the end of its line.
pub(crate) fn read(from: impl Read) -> Result<SecretString, PromptError> {
    let mut text = String::new();
    from.take(PASSWORD_BYTES_MAX).read_to_string(&mut text).map_err(PromptError::Unreadable)?;
    Ok(without_line_end(text))
}

/// The secret in a text that may end in a line's end.
pub(crate) fn without_line_end(mut text: String) -> SecretString {
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    SecretString::new(text)
}

/// A terminal that shows nothing that is typed, until it is dropped.
struct Silenced {
    terminal: File,
    before: Termios,
}

impl Silenced {
    fn open() -> io::Result<Self> {
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silenced {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Asks on the terminal itself, so that standard output carries the answer alone.
pub(crate) fn ask(user: &str) -> Result<SecretString, PromptError> {
    let silenced = Silenced::open().map_err(PromptError::NoTerminal)?;
    let mut terminal = &silenced.terminal;
    let mut line = String::new();
    write!(terminal, "Password of {user}: ")
        .and_then(|()| BufReader::new(terminal.take(PASSWORD_BYTES_MAX)).read_line(&mut line))
        .and_then(|_| writeln!(terminal))
        .map_err(PromptError::Unreadable)?;
    Ok(without_line_end(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_loses_its_line_end_and_nothing_else() {
        for (text, secret) in [("a \n", "a "), ("a\r\n", "a"), ("a", "a"), ("\n", "")] {
            assert_eq!(without_line_end(text.to_owned()).expose(), secret);
        }
    }
}
