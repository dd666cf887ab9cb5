//! The page that lists what the program fills (`docs/inputs.md`), written from the table by which it does.

use std::fmt::Write;

use super::input::rows;
use super::known::By;

/// The page.
#[must_use]
pub fn inputs_page() -> String {
    let mut page = "# The inputs that distil fills\n\n\
        This page is written from the table by which they are filled; a test keeps it true. A recipe gets those that it declares, each\n\
        with the type that it has here, and no other. A key of the spec that feeds only inputs which the recipe does not declare is\n\
        refused, so that no key is ignored: declare the inputs that your recipe makes something of.\n"
        .to_owned();
    let mut sources: Vec<&By> = vec![];
    for row in rows() {
        if !sources.iter().any(|by| by.is(row.by)) {
            sources.push(row.by);
        }
    }
    for by in sources {
        let title = if by.of.is_empty() { "Always".to_owned() } else { format!("With {}, {}", by.facts(), by.when) };
        write!(page, "\n## {title}\n\n| input | type | what it holds | keys of the spec |\n| --- | --- | --- | --- |\n")
            .expect("writing to a string cannot fail");
        for row in rows().filter(|row| row.by.is(by)) {
            let help = row.help.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
            let keys = row.keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            writeln!(page, "| `{}` | `{}` | {help} | {keys} |", row.name, row.kind.word()).expect("writing to a string cannot fail");
        }
    }
    page
}
