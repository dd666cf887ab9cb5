//! Which rooms a file of the program names: after `crate::`, alone or in a list, which may hold lists and go over several lines.

/// The rooms that a source text names, each with the line that it is named in.
pub(crate) fn rooms(text: &str) -> Vec<(usize, String)> {
    let code: String =
        text.lines().map(|line| if line.trim_start().starts_with("//") { "\n".to_owned() } else { format!("{line}\n") }).collect();
    let mut found = vec![];
    for (start, path) in code.match_indices("crate::") {
        // `$crate::` in a macro is the same; a name that ends so is another.
        if code[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let begin = start + path.len();
        for at in names(&code[begin..]) {
            let at = begin + at;
            let name = code[at..].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            found.push((code[..at].matches('\n').count() + 1, name.to_owned()));
        }
    }
    found
}

/// Where the first names begin of what follows `crate::`: one, or the first of each item in a list.
fn names(rest: &str) -> Vec<usize> {
    let Some(list) = rest.strip_prefix('{') else { return vec![0] };
    let (mut depth, mut expected, mut found) = (1, true, vec![]);
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => expected = true,
            c if depth == 1 && expected && !c.is_whitespace() => {
                found.push(at + 1);
                expected = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

#[test]
fn every_way_to_name_a_room_is_seen() {
    let named = |text: &str| rooms(text).into_iter().map(|(line, name)| format!("{name} {line}")).collect::<Vec<_>>();
    assert_eq!(named("use crate::spec::Spec;\nlet x = crate::facts::gather(crate::diag::Sink::new());"), ["spec 1", "facts 2", "diag 2"]);
    assert_eq!(named("use crate::{yaml, spec::{self, Spec, types::{Key}}, facts as f};"), ["yaml 1", "spec 1", "facts 1"]);
    assert_eq!(named("pub(crate) use crate::{\n    lock::{\n        set, torch,\n    },\n    poetry,\n};\n"), ["lock 2", "poetry 5"]);
    assert_eq!(named("// crate::emit\n/// [`crate::emit`]\n    // crate::emit\n"), Vec::<String>::new());
    assert_eq!(named("$crate::yaml::At, mycrate::emit, snake_crate::emit"), ["yaml 1"]);
}
