//! How the user gets to read what is wrong: diagnostics and failures as the error that ends a build.
//! BuildKit draws the lines of every `errdefs.Source` detail; the message itself is plain text.

use std::fmt::Write;

use buildkit_proto::{errdefs, pb, rpc};
use data_encoding::BASE64;
use prost::Message;
use tokio::task::JoinError;
use tonic::Status;

use super::options::BadOption;
use super::remote::BadAddress;
use crate::diag::{Diagnostic, Place, Severity, Sources, codes};
use crate::emit::llb::EmitError;

/// The code under which BuildKit prints a message as it is, without a prefix.
const UNKNOWN: i32 = 2;

/// The most bytes of files with drawn lines that go with an error; the engine takes messages of 16 MB.
const MAX_DETAILS: usize = 8_000_000;

/// Why a build ended without a result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The user's files are wrong.
    #[error("{}", message(.0, .1))]
    Refused(Vec<Diagnostic>, Sources),
    /// BuildKit refused a call.
    #[error("{}", .0.message())]
    Call(#[from] Status),
    /// A step of the build failed; with what BuildKit tells of it beside the lines that it comes from.
    #[error("{}", brief(.0, .1))]
    Step(Box<Diagnostic>, Sources, Vec<prost_types::Any>),
    /// Something is wrong that lies in none of the user's files.
    #[error("{}", brief(.0, &Sources::default()))]
    Said(Box<Diagnostic>),
    /// A request that is not known; clients say its name.
    #[error("see --call=subrequests.describe [{}]", codes::UNKNOWN_REQUEST)]
    Request(String),
}

impl From<Diagnostic> for Failure {
    fn from(found: Diagnostic) -> Self {
        Self::Said(Box::new(found))
    }
}

impl From<BadOption> for Failure {
    fn from(bad: BadOption) -> Self {
        Diagnostic::new(codes::BAD_BUILD_OPTION, bad.to_string()).into()
    }
}

impl From<BadAddress> for Failure {
    fn from(bad: BadAddress) -> Self {
        let help = bad.help.map(str::to_owned);
        Diagnostic::new(codes::BAD_CONTEXT, bad.to_string()).help_if(help).into()
    }
}

impl From<EmitError> for Failure {
    fn from(error: EmitError) -> Self {
        let code = match error {
            EmitError::Splice(_) => codes::BAD_CONTEXT,
            EmitError::Unresolved(_) => codes::BUG,
        };
        Diagnostic::new(code, error.to_string()).into()
    }
}

impl From<JoinError> for Failure {
    fn from(error: JoinError) -> Self {
        Diagnostic::new(codes::BUG, error.to_string()).into()
    }
}

impl Failure {
    /// The form in which it goes over the wire.
    #[must_use]
    pub fn status(&self) -> rpc::Status {
        match self {
            Self::Call(status) => passed_on(status),
            Self::Refused(diagnostics, sources) => {
                let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error);
                // A message that is too large does not arrive at all, and the text says the places as well.
                let mut room = MAX_DETAILS;
                let fits = |detail: &prost_types::Any| {
                    room = room.saturating_sub(detail.value.len());
                    room > 0
                };
                let mut details: Vec<_> = errors.flat_map(|d| snippets(d, sources)).take_while(fits).collect();
                // Clients draw the last one first.
                details.reverse();
                rpc::Status { code: UNKNOWN, message: self.to_string(), details: or_nowhere(details) }
            }
            Self::Step(found, sources, rest) => {
                // A message that is too large does not arrive at all.
                let small = |detail: &prost_types::Any| detail.value.len() < MAX_DETAILS;
                let snippets = snippets(found, sources).into_iter().filter(small).collect();
                let details = rest.iter().cloned().chain(or_nowhere(snippets)).collect();
                rpc::Status { code: UNKNOWN, message: self.to_string(), details }
            }
            Self::Request(name) => {
                let detail = any("errdefs.Subrequest", &serde_json::json!({ "name": name }));
                let details = vec![detail, nowhere()];
                rpc::Status { code: UNKNOWN, message: self.to_string(), details }
            }
            Self::Said(_) => rpc::Status { code: UNKNOWN, message: self.to_string(), details: vec![nowhere()] },
        }
    }
}

/// The daemon's own error, with the details that make the client show the failing lines.
fn passed_on(status: &Status) -> rpc::Status {
    match rpc::Status::decode(status.details()) {
        Ok(original) if !original.details.is_empty() => original,
        _ => rpc::Status { code: UNKNOWN, message: status.message().to_owned(), details: vec![nowhere()] },
    }
}

/// A place that is none. Without any, the caller of this frontend blames the spec's first line.
fn nowhere() -> prost_types::Any {
    any("errdefs.Source", &serde_json::json!({"info": {}, "ranges": []}))
}

fn or_nowhere(details: Vec<prost_types::Any>) -> Vec<prost_types::Any> {
    if details.is_empty() { vec![nowhere()] } else { details }
}

/// The snippets of one diagnostic: a detail for every file it points into.
fn snippets(diagnostic: &Diagnostic, sources: &Sources) -> Vec<prost_types::Any> {
    let mut details: Vec<(crate::diag::FileId, Vec<Place>)> = vec![];
    for label in &diagnostic.labels {
        match details.iter_mut().find(|(file, _)| *file == label.place.file) {
            Some((_, places)) => places.push(label.place),
            None => details.push((label.place.file, vec![label.place])),
        }
    }
    let detail = |(file, places): (crate::diag::FileId, Vec<Place>)| {
        let file = sources.file(file);
        let ranges: Vec<_> = places.iter().map(|p| range(*p, sources)).collect();
        let ranges: Vec<_> =
            ranges.iter().map(|r| serde_json::json!({"start": {"line": line(r.start)}, "end": {"line": line(r.end)}})).collect();
        let info = serde_json::json!({"filename": file.name, "data": BASE64.encode(file.text.as_bytes()), "language": file.language});
        any("errdefs.Source", &serde_json::json!({"info": info, "ranges": ranges}))
    };
    details.into_iter().map(detail).collect()
}

fn line(position: Option<pb::Position>) -> i32 {
    position.map_or(1, |p| p.line)
}

/// A place as BuildKit counts it: lines from one.
#[must_use]
pub(super) fn range(place: Place, sources: &Sources) -> pb::Range {
    let (first, last) = sources.lines(place);
    let position = |line: usize| Some(pb::Position { line: i32::try_from(line).unwrap_or(i32::MAX), character: 0 });
    pb::Range { start: position(first), end: position(last) }
}

/// A typed detail in the JSON form that Go programs read.
fn any(name: &str, value: &serde_json::Value) -> prost_types::Any {
    prost_types::Any { type_url: format!("github.com/moby/buildkit/{name}+json"), value: value.to_string().into_bytes() }
}

/// All diagnostics as plain text: one paragraph each, with file, line and column.
fn message(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let errors: Vec<_> = diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
    if let [only] = errors[..] {
        return brief(only, sources);
    }
    let mut text = format!("{} mistakes", errors.len());
    for error in errors {
        write!(text, "\n{}", brief(error, sources)).expect("writing to a string cannot fail");
    }
    text
}

/// One diagnostic in a few lines of plain text. Its name ends the first, where it is found and is not in the way.
#[must_use]
pub(super) fn brief(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut text = String::new();
    if let Some(label) = diagnostic.labels.first() {
        text = format!("{}: ", sources.cite(label.place));
    }
    text.push_str(&diagnostic.message);
    if let Some(label) = diagnostic.labels.first().filter(|l| !l.text.is_empty() && diagnostic.labels.len() == 1) {
        text = format!("{text}: {}", label.text);
    }
    text = format!("{text} [{}]", diagnostic.code);
    for help in &diagnostic.help {
        text = format!("{text}\n  help: {help}");
    }
    text
}

/// The source detail of one diagnostic as protobuf, for warnings.
#[must_use]
pub(super) fn source(place: Place, sources: &Sources) -> errdefs::Source {
    let file = sources.file(place.file);
    let info = pb::SourceInfo {
        filename: file.name.clone(),
        data: file.text.clone().into_bytes(),
        language: file.language.to_owned(),
        ..pb::SourceInfo::default()
    };
    errdefs::Source { info: Some(info), ranges: vec![range(place, sources)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stays_small_enough_to_arrive() {
        let mut sources = Sources::default();
        let text = "a: b\n".repeat(200_000);
        let file = sources.add("distil.yaml", "YAML", &text);
        let found =
            |start: usize| Diagnostic::new(codes::BAD_VALUE, format!("wrong {start}")).at(Place { file, start, end: start + 1 }, "");
        let status = Failure::Refused((0..30).map(found).collect(), sources).status();
        let bytes: usize = status.details.iter().map(|d| d.value.len()).sum();
        assert!(bytes < MAX_DETAILS && !status.details.is_empty() && status.message.contains("wrong 29"), "{bytes}");
    }
}
