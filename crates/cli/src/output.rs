//! What goes to the terminal. Colours are stripped where they are not wanted (`NO_COLOR`, a pipe).

use std::io::{self, Write as _};

/// Writes to standard output. That nobody reads it any more is no failure.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes to standard error, as well as that goes.
pub(crate) fn complain(text: &str) {
    // Where there is no standard error, there is nobody to tell.
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
