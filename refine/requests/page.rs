//! The page of the program's steps for authors of recipes (`docs/steps.md`), made from the table.

use std::fmt::Write;

use super::table::{Key, Kind, StepType};

const HEAD: &str = "# The program's own steps

A recipe's step says `refine: NAME` where the program itself does the work, and under `with:` what it is asked for. The program, its paths, its mounts and
memory at `/tmp` come with the step; nothing of it can be misspelt, since an unknown key or a value that the step would refuse is an error
of the recipe. This page is made from the table that the program reads its arguments by.

| how a key is written | means |
| --- | --- |
| text | a string with inputs in it; a key that may be absent is left out where the string comes out empty |
| switch | `true`, `false`, or a condition as `when` takes it: the name of an input, `\"!name\"`, `{ runtime: [slim, alpine] }` |
| list | the name of a list input, or a list as `run` takes it |
| pairs | the name of an input of pairs, or a list of `a=b` |
| stage | the name of a stage whose files are mounted, or `{ from: STAGE, when: CONDITION }` where they are only sometimes |
| stages | the same for one stage, or a list of them |
| command | the name of a list input, or a list as `run` takes it |

```yaml
- phase: proof
  refine: prove-command
  with: { command: [/bin/server, --port, \"{{port}}\"] }
```
";

/// The page of some tables, each with its title, in Markdown.
#[must_use]
pub fn page(tables: &[(&str, &[&StepType])]) -> String {
    let mut page = HEAD.to_owned();
    for (title, steps) in tables {
        let _ = write!(page, "\n## {title}\n");
        page.extend(steps.iter().map(|step| section(step)));
    }
    page
}

fn section(step: &StepType) -> String {
    let mut text = format!("\n### `{}`\n\n{}", step.name, step.doc.concat().trim());
    if step.network {
        text.push_str(" It has a network.");
    }
    let keys: Vec<&Key> = step.keys.iter().filter(|key| !matches!(key.kind, Kind::Out(_))).collect();
    for out in step.keys.iter().filter_map(|key| if let Kind::Out(path) = key.kind { Some(path) } else { None }) {
        let _ = write!(text, " What it makes is under `{out}`.");
    }
    text.push_str("\n\n| key | written as | what it is | example |\n| --- | --- | --- | --- |\n");
    for key in keys {
        let needed = if key.required { "; needed" } else { "" };
        let _ = writeln!(text, "| `{}` | {}{needed} | {} | `{}` |", key.name, word(key.kind), key.doc.concat().trim(), key.example);
    }
    text
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Switch { usual: false } => "switch, usually off",
        Kind::Switch { usual: true } => "switch, usually on",
        Kind::List => "list",
        Kind::Pairs => "pairs",
        Kind::Folder(_) => "stage",
        Kind::Folders(_) => "stages",
        Kind::Out(_) => "path",
        Kind::Command => "command",
    }
}
