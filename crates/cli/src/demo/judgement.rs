//! What was tried beside what was promised.

use super::promise::{NamesOfOthers, Promise, Refused, What, Who, positive_twin};

/// What came back for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    /// AWS's error code; empty if the request succeeded.
    pub(crate) code: String,
    pub(crate) request_id: String,
}

/// One cell, tried.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempt {
    /// What was sent to S3: method and place.
    pub(crate) request: String,
    /// The exchange of the ID token for credentials, for those who come with a token only.
    pub(crate) exchange: Option<Answered>,
    /// S3's answer.
    pub(crate) answer: Option<Answered>,
    /// What belies the answer: a success without its effect, a refusal that changed something.
    pub(crate) contradiction: Option<String>,
}

/// One cell, judged.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) who: Who,
    pub(crate) what: What,
    pub(crate) promise: Promise,
    pub(crate) attempt: Attempt,
    /// How it differs from the promise; none if it is as promised.
    pub(crate) complaint: Option<String>,
}

impl Answered {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Sets every cell's complaint.
pub(crate) fn judge(names: NamesOfOthers, cells: &mut [Cell]) {
    for cell in cells.iter_mut() {
        cell.complaint = complaint(cell.promise, &cell.attempt);
    }
    let broken: Vec<(Who, What)> = cells
        .iter()
        .filter(|cell| cell.complaint.is_some())
        .map(|cell| (cell.who, cell.what))
        .collect();
    for cell in cells.iter_mut() {
        let (who, what) = positive_twin(names, cell.who, cell.what);
        if cell.promise != Promise::Allowed
            && cell.complaint.is_none()
            && broken.contains(&(who, what))
        {
            cell.complaint = Some(format!(
                "refused as promised, which proves nothing: {} could not {}",
                who.label(),
                what.words()
            ));
        }
    }
}

fn complaint(promise: Promise, attempt: &Attempt) -> Option<String> {
    if let Some(contradiction) = &attempt.contradiction {
        return Some(contradiction.clone());
    }
    match promise {
        Promise::Allowed => match &attempt.answer {
            Some(answer) if answer.is_success() => None,
            answer => Some(format!("promised: allowed; got {}", got(answer.as_ref()))),
        },
        Promise::Refused(refused) => unlike(refused, attempt.answer.as_ref()),
        Promise::NoCredentials { exchange, invented } => {
            unlike(exchange, attempt.exchange.as_ref())
                .map(|complaint| format!("GetCredentialsForIdentity: {complaint}"))
                .or_else(|| unlike(invented, attempt.answer.as_ref()))
        }
    }
}

fn unlike(promised: Refused, answer: Option<&Answered>) -> Option<String> {
    match answer {
        Some(answer) if answer.status == promised.status && answer.code == promised.code => None,
        answer => {
            Some(format!("promised: {} ({}); got {}", promised.code, promised.status, got(answer)))
        }
    }
}

pub(crate) fn got(answer: Option<&Answered>) -> String {
    match answer {
        None => "no answer".to_owned(),
        Some(answer) if answer.is_success() => answer.status.to_string(),
        Some(answer) if answer.code.is_empty() => format!("{} without a code", answer.status),
        Some(answer) => format!("{} ({})", answer.code, answer.status),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{super::promise::promises, *};

    fn refused_with(refused: Refused) -> Answered {
        Answered {
            status: refused.status,
            code: refused.code.to_owned(),
            request_id: "0f8fad5b-d9cb-469f-a165-70867728950e".to_owned(),
        }
    }

    fn done(status: u16) -> Answered {
        Answered { status, code: String::new(), request_id: String::new() }
    }

    /// A run in which every cell is as promised.
    pub(crate) fn as_promised() -> Vec<Cell> {
        as_promised_of(NamesOfOthers::Seen)
    }

    /// A run of such a system in which every cell is as promised.
    pub(crate) fn as_promised_of(names: NamesOfOthers) -> Vec<Cell> {
        let mut cells: Vec<Cell> = promises(names)
            .map(|(who, what, promise)| {
                let (exchange, answer) = match promise {
                    Promise::Allowed if what == What::DeleteOwn => (None, done(204)),
                    Promise::Allowed => (None, done(200)),
                    Promise::Refused(refused) => (None, refused_with(refused)),
                    Promise::NoCredentials { exchange, invented } => {
                        (Some(refused_with(exchange)), refused_with(invented))
                    }
                };
                let attempt = Attempt {
                    request: "GET s3://bucket/".to_owned(),
                    exchange,
                    answer: Some(answer),
                    contradiction: None,
                };
                Cell { who, what, promise, attempt, complaint: None }
            })
            .collect();
        judge(names, &mut cells);
        cells
    }

    /// A run in which one cell was answered otherwise.
    pub(crate) fn with(who: Who, what: What, answer: Answered) -> Vec<Cell> {
        let mut cells = as_promised();
        let cell = cells.iter_mut().find(|cell| (cell.who, cell.what) == (who, what)).unwrap();
        cell.attempt.answer = Some(answer);
        judge(NamesOfOthers::Seen, &mut cells);
        cells
    }

    fn complaints(cells: &[Cell]) -> Vec<(Who, What)> {
        let broken = cells.iter().filter(|cell| cell.complaint.is_some());
        broken.map(|cell| (cell.who, cell.what)).collect()
    }

    #[test]
    fn what_is_as_promised_has_no_complaint() {
        assert_eq!(complaints(&as_promised()), []);
        assert_eq!(complaints(&as_promised_of(NamesOfOthers::Hidden)), []);
    }

    #[test]
    fn an_open_door_is_a_complaint_and_only_that_one() {
        let cells = with(Who::Admin, What::ReadOthers, done(200));
        assert_eq!(complaints(&cells), [(Who::Admin, What::ReadOthers)]);
    }

    #[test]
    fn a_refusal_by_another_code_or_status_is_a_complaint() {
        let other = Answered { code: "SlowDown".to_owned(), ..done(403) };
        let cells = with(Who::Nobody, What::ReadOwn, other);
        assert_eq!(complaints(&cells), [(Who::Nobody, What::ReadOwn)]);
        let other = Answered { code: "AccessDenied".to_owned(), ..done(503) };
        let cells = with(Who::Nobody, What::ReadOwn, other);
        assert_eq!(complaints(&cells), [(Who::Nobody, What::ReadOwn)]);
    }

    #[test]
    fn a_refusal_without_its_positive_twin_counts_for_nothing() {
        let cells = with(Who::User, What::ReadOwn, done(500));
        let broken = complaints(&cells);
        for cell in [
            (Who::User, What::ReadOwn),
            (Who::Admin, What::ReadOthers),
            (Who::ForgedToken, What::ReadOthers),
            (Who::ExpiredSession, What::ReadOwn),
            (Who::Nobody, What::ReadOwn),
        ] {
            assert!(broken.contains(&cell), "{cell:?}");
        }
        assert!(!broken.contains(&(Who::User, What::ReadOthers)));
    }

    #[test]
    fn a_token_that_is_honoured_is_a_complaint_even_if_s3_refuses() {
        let mut cells = as_promised();
        let cell = cells.iter_mut().find(|cell| cell.who == Who::ForgedToken).unwrap();
        cell.attempt.exchange = Some(done(200));
        judge(NamesOfOthers::Seen, &mut cells);
        assert_eq!(complaints(&cells).len(), 1);
    }

    #[test]
    fn a_contradiction_is_a_complaint_whatever_the_status() {
        let mut cells = as_promised();
        cells[0].attempt.contradiction = Some("the bytes are not the file's".to_owned());
        judge(NamesOfOthers::Seen, &mut cells);
        assert!(complaints(&cells).contains(&(Who::Admin, What::ReadOwn)));
    }
}
