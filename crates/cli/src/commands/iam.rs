use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
};

use clap::Subcommand;
use iam::Case;

use super::{Outcome, Verdict};

/// Work with policies, without a server
#[derive(Debug, clap::Args)]
pub(crate) struct Iam {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Evaluate(Evaluate),
}

/// Say what policies allow: reads cases, one JSON object a line, and answers each with a line
///
/// A case has a request (principal, action, resource, resourceAccount, context) and policies (identity,
/// permissionsBoundary, session, resource, scp, rcp, vpcEndpoint), and may set blockPublicAccess. An answer
/// begins with allow, deny or error; the reason follows after a space. Empty lines are passed over.
///
/// Ends with 0 if every case could be judged, 1 if one could not (the others are answered all the
/// same), 2 if the cases could not be read.
#[derive(Debug, clap::Args)]
struct Evaluate {
    /// The file of cases [default: standard input]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Answer with JSON: decision, reason, and how every statement was judged
    #[arg(long)]
    json: bool,
}

impl Iam {
    pub(crate) fn run(self) -> Outcome {
        let Command::Evaluate(evaluate) = self.command;
        let cases: Box<dyn BufRead> = match &evaluate.file {
            None => Box::new(io::stdin().lock()),
            Some(path) => {
                let file =
                    File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
                Box::new(BufReader::new(file))
            }
        };
        match evaluate.answer(cases, io::BufWriter::new(io::stdout().lock())) {
            // That nobody reads the answers any more is no failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Verdict::Yes),
            answered => Ok(answered?),
        }
    }
}

impl Evaluate {
    fn answer(&self, mut cases: impl BufRead, mut out: impl Write) -> io::Result<Verdict> {
        let mut verdict = Verdict::Yes;
        let mut line = Vec::new();
        loop {
            line.clear();
            if cases.read_until(b'\n', &mut line)? == 0 {
                return Ok(verdict);
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            let case = Case::parse(text);
            if case.is_err() {
                verdict = Verdict::No;
            }
            let answer = match case {
                Ok(case) if self.json => json(&case),
                Ok(case) => plain(&case),
                Err(error) if self.json => {
                    serde_json::json!({"decision": "error", "reason": error.to_string()})
                        .to_string()
                }
                // One line for one case, whatever the message quotes.
                Err(error) => format!("error {error}").replace(['\n', '\r'], " "),
            };
            writeln!(out, "{answer}")?;
            // Whoever asks case by case waits for each answer.
            out.flush()?;
        }
    }
}

fn plain(case: &Case) -> String {
    let decision = case.decide();
    let word = if decision.is_allow() { "allow" } else { "deny" };
    format!("{word} {}", decision.reason(case.action()))
}

fn json(case: &Case) -> String {
    let explanation = case.explain();
    let decision = explanation.decision;
    let word = if decision.is_allow() { "allow" } else { "deny" };
    let reason = decision.reason(case.action());
    serde_json::json!({"decision": word, "reason": reason, "explanation": explanation}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::coats/${aws:username}/*"},
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}]}"#;

    fn case(action: &str, key: &str) -> String {
        format!(
            r#"{{"request": {{"principal": "arn:aws:iam::111111111111:user/zoe", "action": "{action}",
            "resource": "arn:aws:s3:::coats/{key}", "resourceAccount": "111111111111"}},
            "policies": {{"identity": [{POLICY}]}}, "tags": ["x"]}}"#
        )
        .replace('\n', " ")
    }

    fn answers(json: bool, cases: &str) -> (Verdict, Vec<String>) {
        let mut out = Vec::new();
        let evaluate = Evaluate { file: None, json };
        let verdict = evaluate.answer(cases.as_bytes(), &mut out).unwrap();
        let lines = String::from_utf8(out).unwrap().lines().map(str::to_owned).collect();
        (verdict, lines)
    }

    #[test]
    fn each_case_gets_a_line_in_its_order() {
        let cases = [
            case("s3:GetObject", "zoe/coat"),
            case("s3:GetObject", "bob/coat"),
            String::new(),
            "{".to_owned(),
            case("s3:DeleteObject", "zoe/coat"),
        ];
        let (verdict, lines) = answers(false, &cases.join("\n"));
        assert_eq!(verdict, Verdict::No);
        let [allowed, implicit, error, explicit] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(allowed, "allow identity 0.0");
        assert_eq!(
            implicit,
            "deny because no identity-based policy allows the s3:GetObject action"
        );
        assert!(error.starts_with("error ") && error.contains("line 1, column"), "{error}");
        assert_eq!(explicit, "deny with an explicit deny in an identity-based policy");
    }

    #[test]
    fn all_of_a_good_run_is_well() {
        let (verdict, lines) = answers(true, &case("s3:GetObject", "bob/coat"));
        assert_eq!(verdict, Verdict::Yes);
        let answer: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(answer["decision"], "deny");
        assert!(answer["explanation"].to_string().contains("zoe"), "{answer}");
    }
}
