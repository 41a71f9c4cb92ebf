//! What Cloakroom promises: who × what → allowed, or refused with AWS's code.
//!
//! This table is written down, never derived from a policy or from the engine, so that a wrong
//! policy and a wrong engine both contradict it.

use serde::Serialize;

/// Who tries. The rows of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Who {
    /// The user `admin`, signed in, with the credentials his ID token was exchanged for.
    Admin,
    /// The user `user`, likewise.
    User,
    /// Whoever has admin's ID token with another signature.
    ForgedToken,
    /// A user who is also called `user`, with a valid ID token of another user pool.
    TokenOfAnotherPool,
    /// Credentials of user's that were good until they expired.
    ExpiredSession,
    /// Nobody: requests without a signature.
    Nobody,
}

/// What is tried. The columns of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum What {
    ReadOwn,
    WriteOwn,
    DeleteOwn,
    ReadOthers,
    WriteOthers,
    DeleteOthers,
    /// `ListObjectsV2` with `prefix=cognito-test`.
    ListPrefix,
    /// That list has the keys of the other's files in it.
    SeeOthersNames,
    /// `ListObjectsV2` without a prefix.
    ListEverything,
    /// `ListObjectsV2` with the other's folder as its prefix.
    ListOthersFolder,
    /// `ListObjectsV2` with one's own folder as its prefix.
    ListOwnFolder,
}

/// What a system promises of the names of others' files, beside that their bytes are kept apart.
///
/// The template says it (`Metadata`, `Cloakroom`, `NamesOfOthers`), and is held to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NamesOfOthers {
    /// Everyone may list what all folders lie under, and that alone.
    #[default]
    Seen,
    /// Everyone may list the own folder, and that alone.
    Hidden,
}

/// A refusal as AWS words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
}

/// What is promised of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// The request succeeds, and has the effect that its name says.
    Allowed,
    /// The request is refused, and changes nothing.
    Refused(Refused),
    /// The ID token is refused where it is exchanged for credentials, so that there are none; and
    /// the request, made with invented ones, is refused as well.
    NoCredentials { exchange: Refused, invented: Refused },
}

impl Who {
    pub(crate) const ALL: [Self; 6] = [
        Self::Admin,
        Self::User,
        Self::ForgedToken,
        Self::TokenOfAnotherPool,
        Self::ExpiredSession,
        Self::Nobody,
    ];

    /// The person whose folder is "own" for this row; the other's is the other one's.
    pub(crate) fn owner(self) -> Self {
        match self {
            Self::Admin | Self::ForgedToken => Self::Admin,
            Self::User | Self::TokenOfAnotherPool | Self::ExpiredSession | Self::Nobody => {
                Self::User
            }
        }
    }

    /// The person whose folder is "the other's" for this row.
    pub(crate) fn other(self) -> Self {
        if self.owner() == Self::Admin { Self::User } else { Self::Admin }
    }

    /// The row's name on the screen.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
            Self::ForgedToken => "a forged token",
            Self::TokenOfAnotherPool => "a token of another pool",
            Self::ExpiredSession => "an expired session",
            Self::Nobody => "nobody (unsigned)",
        }
    }

    /// The row's name in the names of the files it tries to write and delete.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
            Self::ForgedToken => "forged-token",
            Self::TokenOfAnotherPool => "token-of-another-pool",
            Self::ExpiredSession => "expired-session",
            Self::Nobody => "nobody",
        }
    }
}

impl What {
    /// The cell in a sentence: "could NOT …", "… was refused".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::ReadOwn => "read its own file",
            Self::WriteOwn => "write its own file",
            Self::DeleteOwn => "delete its own file",
            Self::ReadOthers => "read the other's file",
            Self::WriteOthers => "write the other's file",
            Self::DeleteOthers => "delete the other's file",
            Self::ListPrefix => "list with prefix=cognito-test",
            Self::SeeOthersNames => "see the other's names in that list",
            Self::ListEverything => "list without a prefix",
            Self::ListOthersFolder => "list the other's folder",
            Self::ListOwnFolder => "list its own folder",
        }
    }
}

const OK: Promise = Promise::Allowed;
const DENIED: Promise = Promise::Refused(Refused { status: 403, code: "AccessDenied" });
const EXPIRED: Promise = Promise::Refused(Refused { status: 400, code: "ExpiredToken" });
const NO_CREDENTIALS: Promise = Promise::NoCredentials {
    exchange: Refused { status: 400, code: "NotAuthorizedException" },
    invented: Refused { status: 400, code: "InvalidToken" },
};

/// A row of the promise.
type Row = [(What, Promise); 11];

/// What is promised to the two users. Codes here and below: S3 API Reference, *Error responses*;
/// Cognito Identity API Reference, `GetCredentialsForIdentity`.
#[rustfmt::skip]
const fn person(names: NamesOfOthers) -> Row {
    use What::{
        DeleteOthers, DeleteOwn, ListEverything, ListOthersFolder, ListOwnFolder, ListPrefix,
        ReadOthers, ReadOwn, SeeOthersNames, WriteOthers, WriteOwn,
    };
    match names {
        NamesOfOthers::Seen => [
            (ReadOwn, OK), (WriteOwn, OK), (DeleteOwn, OK),
            (ReadOthers, DENIED), (WriteOthers, DENIED), (DeleteOthers, DENIED),
            (ListPrefix, OK), (SeeOthersNames, OK), (ListEverything, DENIED),
            (ListOthersFolder, DENIED), (ListOwnFolder, DENIED),
        ],
        NamesOfOthers::Hidden => [
            (ReadOwn, OK), (WriteOwn, OK), (DeleteOwn, OK),
            (ReadOthers, DENIED), (WriteOthers, DENIED), (DeleteOthers, DENIED),
            (ListPrefix, DENIED), (SeeOthersNames, DENIED), (ListEverything, DENIED),
            (ListOthersFolder, DENIED), (ListOwnFolder, OK),
        ],
    }
}

/// What is promised to everybody else, whatever is tried.
const fn stranger(promise: Promise) -> Row {
    use What::{
        DeleteOthers, DeleteOwn, ListEverything, ListOthersFolder, ListOwnFolder, ListPrefix,
        ReadOthers, ReadOwn, SeeOthersNames, WriteOthers, WriteOwn,
    };
    [
        (ReadOwn, promise),
        (WriteOwn, promise),
        (DeleteOwn, promise),
        (ReadOthers, promise),
        (WriteOthers, promise),
        (DeleteOthers, promise),
        (ListPrefix, promise),
        (SeeOthersNames, promise),
        (ListEverything, promise),
        (ListOthersFolder, promise),
        (ListOwnFolder, promise),
    ]
}

/// Every cell of the matrix with its promise, row by row.
pub(crate) fn promises(names: NamesOfOthers) -> impl Iterator<Item = (Who, What, Promise)> {
    let row = move |who| match who {
        Who::Admin | Who::User => person(names),
        Who::ForgedToken | Who::TokenOfAnotherPool => stranger(NO_CREDENTIALS),
        Who::ExpiredSession => stranger(EXPIRED),
        Who::Nobody => stranger(DENIED),
    };
    Who::ALL
        .into_iter()
        .flat_map(move |who| row(who).into_iter().map(move |(what, promise)| (who, what, promise)))
}

/// The cell that must be allowed in the same run for the refusal of this one to mean anything:
/// the same request by whoever may make it; a list that nobody may have, by one that its reader
/// may have.
pub(crate) fn positive_twin(names: NamesOfOthers, who: Who, what: What) -> (Who, What) {
    match what {
        What::ReadOwn | What::WriteOwn | What::DeleteOwn => (who.owner(), what),
        What::ReadOthers => (who.other(), What::ReadOwn),
        What::WriteOthers => (who.other(), What::WriteOwn),
        What::DeleteOthers => (who.other(), What::DeleteOwn),
        What::SeeOthersNames if names == NamesOfOthers::Seen => (who.owner(), what),
        What::ListOthersFolder if names == NamesOfOthers::Hidden => {
            (who.other(), What::ListOwnFolder)
        }
        What::ListPrefix
        | What::SeeOthersNames
        | What::ListEverything
        | What::ListOthersFolder
        | What::ListOwnFolder => match names {
            NamesOfOthers::Seen => (who.owner(), What::ListPrefix),
            NamesOfOthers::Hidden => (who.owner(), What::ListOwnFolder),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const BOTH: [NamesOfOthers; 2] = [NamesOfOthers::Seen, NamesOfOthers::Hidden];
    const ALL: [What; 11] = [
        What::ReadOwn,
        What::WriteOwn,
        What::DeleteOwn,
        What::ReadOthers,
        What::WriteOthers,
        What::DeleteOthers,
        What::ListPrefix,
        What::SeeOthersNames,
        What::ListEverything,
        What::ListOthersFolder,
        What::ListOwnFolder,
    ];

    fn promise(names: NamesOfOthers, who: Who, what: What) -> Promise {
        promises(names).find(|cell| (cell.0, cell.1) == (who, what)).unwrap().2
    }

    #[test]
    fn every_cell_is_promised_once() {
        let expected: Vec<_> =
            Who::ALL.into_iter().flat_map(|who| ALL.map(|what| (who, what))).collect();
        for names in BOTH {
            let cells: Vec<_> = promises(names).map(|(who, what, _)| (who, what)).collect();
            assert_eq!(cells, expected);
            assert_eq!(cells.iter().collect::<HashSet<_>>().len(), 66);
        }
    }

    #[test]
    fn every_refusal_has_a_twin_that_is_promised() {
        for names in BOTH {
            for (who, what, expected) in promises(names) {
                let (twin_who, twin_what) = positive_twin(names, who, what);
                if expected != Promise::Allowed {
                    let twin = promise(names, twin_who, twin_what);
                    assert_eq!(twin, Promise::Allowed, "{names:?} {who:?} {what:?}");
                }
            }
        }
    }

    #[test]
    fn only_the_two_users_are_allowed_anything() {
        for (who, what, expected) in BOTH.into_iter().flat_map(promises) {
            let person = matches!(who, Who::Admin | Who::User);
            assert!(person || expected != Promise::Allowed, "{who:?} {what:?}");
        }
    }

    #[test]
    fn names_are_all_that_the_two_promises_differ_in() {
        for ((who, what, seen), (_, _, hidden)) in
            promises(NamesOfOthers::Seen).zip(promises(NamesOfOthers::Hidden))
        {
            let names =
                matches!(what, What::ListPrefix | What::SeeOthersNames | What::ListOwnFolder);
            let differs = names && matches!(who, Who::Admin | Who::User);
            assert_eq!(seen != hidden, differs, "{who:?} {what:?}");
        }
    }

    #[test]
    fn a_row_s_own_and_other_folder_differ() {
        for who in Who::ALL {
            assert_ne!(who.owner(), who.other());
        }
    }
}
