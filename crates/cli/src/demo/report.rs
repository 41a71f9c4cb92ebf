//! The matrix as people and as machines read it.

use std::{fmt::Write as _, time::Duration};

use clap::builder::styling::{AnsiColor, Style};
use serde_json::{Value, json};

use super::{
    judgement::{Answered, Cell},
    promise::{NamesOfOthers, Promise, What, Who},
};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// How wide the row's name is, and each column of the promise.
const LABEL_WIDTH: usize = 25;
const WIDTHS: [usize; 11] = [7, 7, 9, 7, 7, 10, 14, 10, 9, 9, 6];
const HEADS: [[&str; 11]; 3] = [
    ["own", "", "", "the other's", "", "", "list with", "sees the", "list", "list the", "list"],
    ["file", "", "", "file", "", "", "prefix=", "other's", "without", "other's", "own"],
    [
        "read",
        "write",
        "delete",
        "read",
        "write",
        "delete",
        "cognito-test",
        "names",
        "prefix",
        "folder",
        "folder",
    ],
];

/// Whether every cell is as promised.
pub(crate) fn all_as_promised(cells: &[Cell]) -> bool {
    cells.iter().all(|cell| cell.complaint.is_none())
}

/// The matrix for a terminal of 120 columns, with colours that a plain output strips.
pub(crate) fn render(names: NamesOfOthers, cells: &[Cell], took: Duration) -> String {
    let mut text = String::new();
    // Writing into a String does not fail.
    let _ = write(&mut text, names, cells, took);
    text
}

fn write(
    text: &mut String,
    names: NamesOfOthers,
    cells: &[Cell],
    took: Duration,
) -> std::fmt::Result {
    writeln!(text)?;
    for heads in HEADS {
        let (mut line, mut column) = (String::new(), LABEL_WIDTH);
        for (head, width) in heads.into_iter().zip(WIDTHS) {
            // A head may reach over columns that have none.
            if !head.is_empty() {
                let space = column.saturating_sub(line.chars().count());
                write!(line, "{}{head}", " ".repeat(space))?;
            }
            column += width;
        }
        writeln!(text, "{BOLD}{line}{BOLD:#}")?;
    }
    for who in Who::ALL {
        let row: Vec<&Cell> = cells.iter().filter(|cell| cell.who == who).collect();
        let mut line = String::new();
        for (cell, width) in row.iter().zip(WIDTHS) {
            let shown = shown(cell);
            let (style, mark) = if cell.complaint.is_none() { (GOOD, '✓') } else { (BAD, '✗') };
            let space = " ".repeat(width.saturating_sub(shown.chars().count() + 2));
            write!(line, "{shown} {style}{mark}{style:#}{space}")?;
        }
        writeln!(text)?;
        writeln!(text, "{BOLD}{:LABEL_WIDTH$}{BOLD:#}{}", who.label(), line.trim_end())?;
        let broken: Vec<&&Cell> = row.iter().filter(|cell| cell.complaint.is_some()).collect();
        if broken.is_empty() {
            for line in words(names, who) {
                writeln!(text, "  {DIM}{line}{DIM:#}")?;
            }
        }
        for cell in broken {
            let complaint = cell.complaint.as_deref().unwrap_or_default();
            writeln!(text, "  {BAD}✗ {}:{BAD:#} {complaint}", cell.what.words())?;
            if let Some(id) = deciding(cell).map(|answer| &answer.request_id)
                && !id.is_empty()
            {
                writeln!(text, "    {DIM}request id {id}{DIM:#}")?;
            }
        }
    }
    let kept = cells.iter().filter(|cell| cell.complaint.is_none()).count();
    let style = if kept == cells.len() { GOOD } else { BAD };
    writeln!(text)?;
    writeln!(
        text,
        "{style}{kept} of {} are as promised{style:#} ({:.1} s). A number is the HTTP status that \
         the request got: 200 and 204 are done,\n400 and 403 are refused. ✓ is as promised, ✗ is \
         not.",
        cells.len(),
        took.as_secs_f64()
    )
}

/// What stands in a cell: the status of the answer that decided it.
fn shown(cell: &Cell) -> String {
    match deciding(cell) {
        None => "none".to_owned(),
        Some(answer) if cell.what == What::SeeOthersNames && answer.code.is_empty() => {
            let missing = cell.attempt.contradiction.is_some();
            if missing { "hidden".to_owned() } else { "seen".to_owned() }
        }
        Some(answer) => answer.status.to_string(),
    }
}

/// The exchange's answer where that ended it, else S3's.
fn deciding(cell: &Cell) -> Option<&Answered> {
    let refused = cell.attempt.exchange.as_ref().filter(|exchange| exchange.status >= 300);
    refused.or(cell.attempt.answer.as_ref())
}

/// What a row shows, said only when all of it is so.
fn words(names: NamesOfOthers, who: Who) -> &'static [&'static str] {
    match who {
        Who::Admin if names == NamesOfOthers::Hidden => &[
            "Signed in as admin. Reads, writes, deletes and lists its own files; the other's: AccessDenied.",
            "This policy lets everyone list the own folder only, so names are kept apart as bytes are.",
        ],
        Who::User if names == NamesOfOthers::Hidden => &[
            "Signed in as user. Reads, writes, deletes and lists its own files; the other's: AccessDenied.",
        ],
        Who::Admin => &[
            "Signed in as admin. Reads, writes and deletes its own file; the other's: AccessDenied.",
            "This policy lets everyone list cognito-test, so the names there are seen, the bytes are not.",
        ],
        Who::User => &[
            "Signed in as user. Reads, writes and deletes its own file; the other's: AccessDenied. \
             Sees names likewise.",
        ],
        Who::ForgedToken => &[
            "Admin's ID token with another signature. Exchanging it for credentials: \
             NotAuthorizedException.",
            "So there are none; with invented ones S3 refuses each of these requests: InvalidToken.",
        ],
        Who::TokenOfAnotherPool => &[
            "The ID token of somebody called user in another user pool, valid there. \
             NotAuthorizedException;",
            "with invented credentials: InvalidToken.",
        ],
        Who::ExpiredSession => {
            &["User's own credentials, after their time. S3 refuses all: ExpiredToken."]
        }
        Who::Nobody => {
            &["Requests without a signature, for user's files and admin's: AccessDenied."]
        }
    }
}

/// The matrix for machines, and how to reach the server if it goes on.
pub(crate) fn json(names: NamesOfOthers, cells: &[Cell], took: Duration, server: &Value) -> Value {
    let cells_json: Vec<Value> = cells.iter().map(cell_json).collect();
    json!({
        "asPromised": all_as_promised(cells),
        "namesOfOthers": names,
        "seconds": took.as_secs_f64(),
        "server": server,
        "cells": cells_json,
    })
}

fn cell_json(cell: &Cell) -> Value {
    let answered = |answer: Option<&Answered>| {
        answer.map(|answer| {
            json!({
                "status": answer.status,
                "code": Some(&answer.code).filter(|code| !code.is_empty()),
                "requestId": answer.request_id,
            })
        })
    };
    let promised = match cell.promise {
        Promise::Allowed => json!("allowed"),
        Promise::Refused(refused) => json!({ "request": refused }),
        Promise::NoCredentials { exchange, invented } => {
            json!({ "exchange": exchange, "request": invented })
        }
    };
    json!({
        "who": cell.who,
        "what": cell.what,
        "request": cell.attempt.request,
        "promised": promised,
        "exchange": answered(cell.attempt.exchange.as_ref()),
        "answer": answered(cell.attempt.answer.as_ref()),
        "asPromised": cell.complaint.is_none(),
        "complaint": cell.complaint,
    })
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::{
        super::judgement::tests::{as_promised, as_promised_of, with},
        *,
    };

    fn plain(cells: &[Cell]) -> String {
        strip_str(&render(NamesOfOthers::Seen, cells, Duration::from_millis(2140))).to_string()
    }

    #[test]
    fn the_matrix_as_promised() {
        insta::assert_snapshot!(plain(&as_promised()));
    }

    #[test]
    fn the_matrix_of_a_system_that_hides_names() {
        let names = NamesOfOthers::Hidden;
        let text = render(names, &as_promised_of(names), Duration::from_millis(2140));
        insta::assert_snapshot!(strip_str(&text).to_string());
    }

    #[test]
    fn the_matrix_with_an_open_door() {
        let answer = Answered {
            status: 200,
            code: String::new(),
            request_id: "0f8fad5b-d9cb-469f-a165-70867728950e".to_owned(),
        };
        insta::assert_snapshot!(plain(&with(Who::Admin, What::ReadOthers, answer)));
    }

    #[test]
    fn no_line_is_longer_than_120_columns() {
        for cells in [
            as_promised(),
            with(
                Who::User,
                What::ReadOwn,
                Answered {
                    status: 403,
                    code: "AccessDenied".to_owned(),
                    request_id: String::new(),
                },
            ),
        ] {
            for line in plain(&cells).lines() {
                assert!(line.chars().count() <= 120, "{line}");
            }
        }
    }

    #[test]
    fn every_cell_is_in_the_document() {
        let document =
            json(NamesOfOthers::Seen, &as_promised(), Duration::from_secs(1), &Value::Null);
        assert_eq!(document["cells"].as_array().unwrap().len(), 66);
        assert_eq!(document["asPromised"], true);
        assert_eq!(document["cells"][3]["promised"]["request"]["code"], "AccessDenied");
        assert_eq!(document["cells"][25]["promised"]["exchange"]["status"], 400);
    }
}
