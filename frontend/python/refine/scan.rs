//! Which modules a Python file names: in import statements wherever they stand, and in strings that look like a module's path.
//! Read line by line, not parsed: it may see an import in a docstring, and it must not miss one in code.

use std::iter::Peekable;
use std::str::Lines;

/// Calls back with every dotted name that a file may import. `package` is the dotted name of the package that the file is in,
/// which relative imports start from; `None` leaves those out. Names in strings are reported with `true`.
pub(super) fn scan(text: &str, package: Option<&str>, found: &mut dyn FnMut(&str, bool)) {
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        // A line of a doctest is no code, and no line of code starts like one.
        let start = line.trim_start();
        let starts = start.starts_with("import") || start.starts_with("from");
        if starts || (line.contains("import") && line.contains([':', ';']) && !start.starts_with(">>>")) {
            statement(line, &mut lines, package, found);
        }
    }
    strings(text, package, found);
}

/// The import statements that start in a line. Continuation lines are taken from those that follow.
fn statement(line: &str, rest: &mut Peekable<Lines<'_>>, package: Option<&str>, found: &mut dyn FnMut(&str, bool)) {
    let mut whole = line.split('#').next().unwrap_or_default().to_owned();
    let from_here = ["import", "from"].iter().any(|word| whole.contains(word));
    // What is known of the text so far, so that each line is looked at once.
    let mut depth = depth_of(&whole);
    let mut imports = whole.contains("import");
    // The longest import lists have some hundred lines; text in a docstring must not swallow the file.
    for _ in 0..1000 {
        let open = depth > 0;
        let more = whole.trim_end().ends_with('\\');
        if !from_here || !(open && imports || more) {
            break;
        }
        let Some(next) = rest.peek() else { break };
        // An open bracket that is no import list must not hide the imports after it.
        let starts = next.trim_start();
        if open && !more && (starts.starts_with("import ") || (starts.starts_with("from ") && starts.contains(" import"))) {
            break;
        }
        let next = next.split('#').next().unwrap_or_default();
        let kept = whole.trim_end().trim_end_matches('\\').len();
        whole.truncate(kept);
        whole.push(' ');
        whole.push_str(next);
        depth += depth_of(next);
        imports = imports || next.contains("import");
        rest.next();
    }
    for piece in whole.split([';', ':']) {
        let mut piece = piece.trim().trim_start_matches([']', ')', '"', '\'']).trim_start();
        if let Some(at) = piece.find("import ").filter(|at| *at > 0 && !piece.starts_with("from") && !piece[..*at].ends_with('_')) {
            piece = &piece[at..];
        }
        one(piece, package, found);
    }
}

/// How many brackets a text opens and does not close.
fn depth_of(text: &str) -> isize {
    text.bytes().map(|byte| isize::from(byte == b'(') - isize::from(byte == b')')).sum()
}

/// One statement, with its lists on one line.
fn one(statement: &str, package: Option<&str>, found: &mut dyn FnMut(&str, bool)) {
    if let Some(names) = statement.strip_prefix("import").filter(|rest| rest.starts_with([' ', '\t'])) {
        names.split(',').filter_map(|name| name.split_whitespace().next()).for_each(|name| found(name, false));
        return;
    }
    let Some(rest) = statement.strip_prefix("from").filter(|rest| rest.starts_with([' ', '\t', '.'])) else { return };
    let Some(at) = rest.match_indices("import").map(|(at, _)| at).find(|at| rest[..*at].ends_with([' ', '\t', '.'])) else { return };
    let Some(base) = absolute(rest[..at].trim(), package) else { return };
    found(&base, false);
    for name in rest[at + "import".len()..].trim_matches(|c: char| c.is_whitespace() || "()".contains(c)).split(',') {
        if let Some(name) = name.split_whitespace().next().filter(|name| *name != "*") {
            found(&if base.is_empty() { name.to_owned() } else { format!("{base}.{name}") }, false);
        }
    }
}

/// A module's absolute name; its leading dots start at the package.
fn absolute(name: &str, package: Option<&str>) -> Option<String> {
    let bare = name.trim_start_matches(['.', ' ']);
    let dots = name[..name.len() - bare.len()].matches('.').count();
    if dots == 0 {
        return Some(bare.to_owned());
    }
    let mut base = package?;
    for _ in 1..dots {
        base = base.rsplit_once('.').map_or("", |(above, _)| above);
    }
    Some(if base.is_empty() || bare.is_empty() { format!("{base}{bare}") } else { format!("{base}.{bare}") })
}

/// Strings that start with a dotted name: `"pkg.tests.mod"`, `".tests"`, `'pkg.tests:main'`.
fn strings(text: &str, package: Option<&str>, found: &mut dyn FnMut(&str, bool)) {
    let bytes = text.as_bytes();
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'.' || *byte > 127;
    let mut at = 0;
    while let Some(quote) = bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'\'')) {
        let from = at + quote + 1;
        at = from + bytes[from..].iter().position(|byte| !part(byte)).unwrap_or(bytes.len() - from);
        let closed = bytes.get(at).is_some_and(|byte| matches!(byte, b'"' | b'\'' | b':' | b'{' | b'%'));
        // Both ends stand beside an ASCII character, so they are ends of characters too.
        let name = text[from..at].trim_end_matches('.');
        if closed && !name.is_empty() && !name.starts_with('.') && is_called(&text[..from - 1]) {
            found(name, false);
        } else if closed
            && name.contains('.')
            && let Some(name) = absolute(name, package)
        {
            found(&name, true);
        }
    }
}

/// Whether what stands before a string imports the module that it names.
fn is_called(before: &str) -> bool {
    let before = before.trim_end_matches(|c: char| "rbfuRBFU".contains(c)).trim_end();
    let call = before.strip_suffix('(').map(str::trim_end);
    call.is_some_and(|call| call.ends_with("import_module") || call.ends_with("__import__"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &[&str]) {
        let mut names = vec![];
        scan(text, Some("a.b"), &mut |name, _| names.push(name.to_owned()));
        for name in expected {
            assert!(names.iter().any(|n| n == name), "{name} is not in {names:?} of {text}");
        }
    }

    #[test]
    fn every_way_to_import_is_seen() {
        check("import a.b.tests\n", &["a.b.tests"]);
        check("import os, a.b.tests as t\n", &["os", "a.b.tests"]);
        check("    from a.b.tests import x, y as z  # why\n", &["a.b.tests", "a.b.tests.x", "a.b.tests.y"]);
        check("from .tests import x\n", &["a.b.tests.x"]);
        check("from . import tests\n", &["a.b.tests"]);
        check("from .. import tests\n", &["a.tests"]);
        check("from.tests import(x)\n", &["a.b.tests.x"]);
        check("from .tests import (\n  one, # first\n  two,\n)\n", &["a.b.tests.two"]);
        check("from a.b \\\n  import c, \\\n  tests\n", &["a.b.tests"]);
        check("try: from a import tests\nexcept ImportError: import tests\n", &["a.tests", "tests"]);
        check("import os; import a.tests\n", &["a.tests"]);
        check("if True: pass; from a.tests import *\n", &["a.tests"]);
        check("m = importlib.import_module(\"a.tests.m\")\nn = import_module('.tests', __package__)\n", &["a.tests.m", "a.b.tests"]);
        check("m = import_module(f'a.tests.{name}')\nn = import_module('b.tests.%s' % name)\n", &["a.tests", "b.tests"]);
        check("p = 'a.tests.plugin:main'\n", &["a.tests.plugin"]);
        check("m = import_module('readline')\nn = __import__ ( \"curses\" )\n", &["readline", "curses"]);
        check("x = important(\nfrom a import b\n", &["a.b"]);
        check("from a import (\nfrom c import d\n", &["c.d"]);
        check("def f(): import a.tests\n", &["a.tests"]);
        let mut none = true;
        scan("    >>> from a.tests import x\n", None, &mut |_, _| none = false);
        assert!(none, "a doctest is no code");
    }

    proptest! {
        #[test]
        fn any_text_is_scanned(text in "(import|from|[ .,()\\\\;:#'\"a\u{e9}\n\\[>]){0,40}", package in proptest::option::of("[a.]{0,5}")) {
            scan(&text, package.as_deref(), &mut |_, _| {});
        }
    }
}
