//! `distil explain`: what a message means, from the table of all that can be said.

use std::fmt::Write;

use super::run::{Stop, print, say};
use crate::diag::codes::Code;
use crate::diag::nearest;
use crate::messages;

/// Prints the page of a message, or the names of all.
pub(super) fn run(name: Option<&str>) -> Result<(), Stop> {
    let Some(name) = name else { return print(&list()) };
    if let Some(code) = messages::find(name) {
        return print(&format!("{code}\n\n{}", messages::readable(&code.page())));
    }
    let near = nearest(name, messages::all().map(Code::name));
    let help = near.map_or("`distil explain` lists all".to_owned(), |near| format!("did you mean `{near}`?"));
    say(&format!("error: no message is named `{name}`\n  help: {help}\n"));
    Err(Stop::Refused)
}

/// Every message with its first line.
fn list() -> String {
    let mut text = String::new();
    for (subject, codes) in messages::subjects() {
        text.extend([if text.is_empty() { "" } else { "\n" }, subject, "\n"]);
        for code in codes {
            let first = code.page().split("\n\n").next().unwrap_or_default().replace('\n', " ");
            let _ = writeln!(text, "  {:20} {first}", code.name());
        }
    }
    text
}
