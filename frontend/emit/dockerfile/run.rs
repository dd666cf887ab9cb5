//! RUN: programs in the form that a person would write, with the same words, mounts and environment as the plan has.
//! Where a base has no shell, programs run by themselves, and the few things that need a tool borrow busybox for a step.

use crate::emit::context::absolute;
use crate::plan::{Mount, Run, Source};
use crate::shell;

use super::Names;
use super::words::{Unsayable, delimiter, heredoc, json, mount};

/// The user that steps of a plan run as.
pub(super) const ROOT: &str = "0:0";

/// Lines are broken where they would become longer.
pub(super) const WIDTH: usize = 110;

/// Programs for a base without any: static, mounted for one step, and no trace of them stays.
const BUSYBOX: &str = "--mount=type=bind,from=busybox:stable-musl,source=/bin,target=/busybox";

/// Words that a shell takes for its own when they come first.
const BUILTINS: &[&str] = &[
    ".", ":", "!", "[", "alias", "bg", "break", "case", "cd", "command", "continue", "do", "done", "echo", "elif", "else", "esac", "eval",
    "exec", "exit", "export", "false", "fc", "fg", "fi", "for", "function", "getopts", "hash", "if", "in", "jobs", "kill", "local",
    "printf", "pwd", "read", "readonly", "return", "set", "shift", "source", "test", "then", "time", "times", "trap", "true", "type",
    "ulimit", "umask", "unalias", "unset", "until", "wait", "while", "{", "}",
];

/// A step that runs something.
pub(super) fn run(run: &Run, has_shell: bool, names: &Names) -> Result<String, Unsayable> {
    let mut flags = vec![];
    if !run.network {
        flags.push("--network=none".to_owned());
    }
    for mount in &run.mounts {
        flags.push(mounted(mount, names)?);
    }
    let needs_tool = !has_shell && !run.env.is_empty();
    let by_shell = has_shell && !is_misread(&run.argv, &run.env);
    let many_lines = run.argv.iter().chain(run.env.iter().map(|(_, value)| value)).any(|w| w.contains(['\n', '\r']));
    let command = match &run.argv[..] {
        [_, _, text] if run.script && has_shell => script(&run.env, text),
        _ if by_shell && many_lines => script(&run.env, &(shell_line(run).join(" ") + "\n")),
        _ if by_shell => wrapped(&shell_line(run)),
        argv if run.env.is_empty() => json(argv),
        argv => {
            let env = if has_shell { "env" } else { "/busybox/env" }.to_owned();
            let pairs = run.env.iter().map(|(n, v)| format!("{n}={v}"));
            json(&[env].into_iter().chain(pairs).chain(argv.iter().cloned()).collect::<Vec<_>>())
        }
    };
    if needs_tool {
        flags.push(BUSYBOX.to_owned());
    }
    Ok(laid_out(&flags, &command))
}

/// Things that a plan does without a program and a Dockerfile only with one.
pub(super) enum Tools<'t> {
    /// Removes what matches.
    Remove(Vec<String>),
    /// Makes a directory that is not mode 755.
    Mkdir { path: &'t str, mode: u32, owner: &'t str },
    /// Writes what a here-document cannot.
    Print { text: &'t str, mode: u32, path: &'t str },
}

impl Tools<'_> {
    /// The instruction.
    pub(super) fn line(&self, has_shell: bool) -> String {
        let commands = self.commands(if has_shell { "" } else { "/busybox/" });
        if !has_shell {
            let argv = ["/busybox/sh".to_owned(), "-euc".to_owned(), commands.join("; ")];
            return laid_out(&[BUSYBOX.to_owned()], &json(&argv));
        }
        if commands.iter().any(|c| c.contains(['\n', '\r'])) {
            return laid_out(&[], &script(&[], &(commands.join("\n") + "\n")));
        }
        match self {
            Self::Remove(patterns) => {
                let flat = format!("rm -rf {}", patterns.join(" "));
                let tall = format!("rm -rf \\\n    {}", patterns.join(" \\\n    "));
                format!("RUN {}", if flat.len() + 4 <= WIDTH { flat } else { tall })
            }
            Self::Mkdir { .. } | Self::Print { .. } => laid_out(&[], &commands.join(" && \\\n    ")),
        }
    }

    /// Lines for a shell, each of which must succeed.
    fn commands(&self, bin: &str) -> Vec<String> {
        match self {
            Self::Remove(patterns) => vec![format!("{bin}rm -rf {}", patterns.join(" "))],
            Self::Mkdir { path, mode, owner } => {
                let mut folders = vec![];
                let mut above = String::new();
                for part in path.split('/').filter(|p| !p.is_empty()) {
                    above = format!("{above}/{part}");
                    folders.push(shell::quote(&above));
                }
                let make = format!("{bin}mkdir -m {mode:o} \"$folder\" && {bin}chown {owner} \"$folder\"");
                vec![format!("for folder in {}; do [ -d \"$folder\" ] || {{ {make}; }} || exit; done", folders.join(" "))]
            }
            Self::Print { text, mode, path } => {
                let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                let mut commands = vec![];
                if !parent.is_empty() {
                    commands.push(format!("{bin}mkdir -p {}", shell::quote(parent)));
                }
                let path = shell::quote(path);
                commands.push(format!("{bin}printf %s {} > {path}", shell::quote(text)));
                commands.push(format!("{bin}chmod {mode:o} {path}"));
                commands
            }
        }
    }
}

/// A pattern as a shell reads it. There a `*` or `?` in front does not match a dot, so that those get patterns of their own.
pub(super) fn globs(pattern: &str) -> Vec<String> {
    if !has_wildcard(pattern) {
        return vec![shell::quote(&absolute(pattern))];
    }
    let mut found = vec![String::new()];
    for part in pattern.split('/').filter(|p| !p.is_empty() && *p != ".") {
        let text = glob(part);
        let hidden = match text.as_bytes().first() {
            // Never `.` and `..`, which rm refuses.
            Some(b'*') if text.trim_matches('*').is_empty() => vec![".[!.]*".to_owned(), "..?*".to_owned()],
            Some(b'*') => vec![format!(".{text}")],
            Some(b'?') => vec![format!(".{}", &text[1..])],
            _ => vec![],
        };
        let forms: Vec<String> = [text].into_iter().chain(hidden).collect();
        found = found.iter().flat_map(|path| forms.iter().map(move |form| format!("{path}/{form}"))).collect();
    }
    found
}

/// Without one BuildKit takes a pattern as a path, backslashes included.
fn has_wildcard(pattern: &str) -> bool {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => _ = chars.next(),
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

fn glob(part: &str) -> String {
    let mut text = String::new();
    let mut chars = part.chars();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '*' | '?' if !in_class => text.push(c),
            '[' if !in_class => {
                in_class = true;
                text.push('[');
                // Negation has another sign in a shell.
                if chars.as_str().starts_with('^') {
                    chars.next();
                    text.push('!');
                }
            }
            ']' if in_class => {
                in_class = false;
                text.push(']');
            }
            '-' if in_class => text.push('-'),
            '\\' => text.push_str(&escaped(chars.next().unwrap_or('\\'))),
            c => text.push_str(&escaped(c)),
        }
    }
    text
}

fn escaped(c: char) -> String {
    if c.is_ascii_alphanumeric() || "%+=:,.@_-".contains(c) || !c.is_ascii() {
        c.to_string()
    } else {
        format!("'{c}'").replace("'''", r"\'")
    }
}

fn mounted(mounted: &Mount, names: &Names) -> Result<String, Unsayable> {
    match mounted {
        Mount::Bind { from, path, to, writable, .. } => {
            let path = absolute(path);
            let from = match from {
                Source::Context => None,
                Source::Stage(name) => Some(names.stage(name)),
                Source::Image(name) => Some(names.image(name)),
                Source::Named(name) => Some(name.clone()),
                Source::Distil => Some(names.distil.clone()),
            };
            let source = if from.is_none() { path.trim_start_matches('/') } else { path.trim_end_matches('/') };
            let mut fields = vec![("type", "bind")];
            fields.extend(from.as_deref().map(|from| ("from", from)));
            fields.extend((!source.is_empty()).then_some(("source", source)));
            let to = absolute(to);
            fields.push(("target", &to));
            fields.extend(writable.then_some(("rw", "")));
            mount(&fields)
        }
        Mount::Cache { id, to, locked } => {
            let sharing = locked.then_some(("sharing", "locked"));
            mount(&[("type", "cache"), ("id", id), ("target", to)].into_iter().chain(sharing).collect::<Vec<_>>())
        }
        Mount::Secret { id, to, required } => {
            let required = required.then_some(("required", ""));
            mount(&[("type", "secret"), ("id", id), ("target", to)].into_iter().chain(required).collect::<Vec<_>>())
        }
        Mount::SecretEnv { id, name, required } => {
            let required = required.then_some(("required", ""));
            mount(&[("type", "secret"), ("id", id), ("env", name)].into_iter().chain(required).collect::<Vec<_>>())
        }
        Mount::Ssh { id, to, required } => {
            let required = required.then_some(("required", ""));
            mount(&[("type", "ssh"), ("id", id), ("target", to)].into_iter().chain(required).collect::<Vec<_>>())
        }
        Mount::Tmpfs { to } => mount(&[("type", "tmpfs"), ("target", to)]),
    }
}

/// Whether a shell would take the first word for something of its own.
fn is_misread(argv: &[String], env: &[(String, String)]) -> bool {
    let first = argv.first().map_or("", String::as_str);
    let name = |n: &str| n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !n.starts_with(|c: char| c.is_ascii_digit());
    first.is_empty() || first.starts_with('-') || first.contains('=') || BUILTINS.contains(&first) || !env.iter().all(|(n, _)| name(n))
}

fn shell_line(run: &Run) -> Vec<String> {
    let env = run.env.iter().map(|(name, value)| format!("{name}={}", shell::quote(value)));
    env.chain(run.argv.iter().map(|w| shell::quote(w))).collect()
}

fn script(env: &[(String, String)], text: &str) -> String {
    let exports = env.iter().flat_map(|(name, value)| ["export ", name, "=", &shell::quote(value), "\n"].map(str::to_owned));
    let text: String = ["set -eu\n".to_owned()].into_iter().chain(exports).chain([text.to_owned()]).collect();
    let end = delimiter(&text);
    format!("<<'{end}'{}", heredoc(&text, &end))
}

/// Breaks a long line before its options, where a reader would.
fn wrapped(words: &[String]) -> String {
    let mut lines: Vec<String> = vec![];
    let mut line = String::new();
    for (index, word) in words.iter().enumerate() {
        // An option is kept together with the words that follow it, up to the next one.
        let group: usize = words[index + 1..].iter().take_while(|w| !w.starts_with('-')).map(|w| w.len() + 1).sum();
        if word.starts_with('-') && !line.is_empty() && line.len() + 1 + word.len() + group > WIDTH - 8 {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join(" \\\n        ")
}

/// All in one line where it fits, else each flag in a line of its own.
fn laid_out(flags: &[String], command: &str) -> String {
    let first = command.lines().next().unwrap_or_default();
    let flat = ["RUN"].into_iter().chain(flags.iter().map(String::as_str)).chain([first]).collect::<Vec<_>>().join(" ");
    let joint = if flat.len() <= WIDTH { " " } else { " \\\n    " };
    let parts: Vec<&str> = flags.iter().map(String::as_str).chain([command]).collect();
    format!("RUN {}", parts.join(joint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    fn step(argv: &[&str]) -> Run {
        let argv = argv.iter().map(|w| (*w).to_owned()).collect();
        Run { argv, script: false, env: vec![], workdir: None, mounts: vec![], network: true }
    }

    fn printed(run: &Run, has_shell: bool) -> String {
        super::run(run, has_shell, &Names::default()).unwrap()
    }

    #[test]
    fn the_form_is_what_the_base_and_the_words_allow() {
        assert_eq!(printed(&step(&["uv", "sync", "it's"]), true), r"RUN uv sync 'it'\''s'");
        assert_eq!(printed(&step(&["uv", "sync"]), false), r#"RUN ["uv", "sync"]"#);
        assert_eq!(printed(&step(&["echo", r"a\n"]), true), r#"RUN ["echo", "a\\n"]"#);
        assert_eq!(printed(&step(&["echo", "a\nb"]), true), r#"RUN ["echo", "a\nb"]"#);
        assert_eq!(printed(&step(&["a", "b\nEOF"]), true), "RUN <<'END'\nset -eu\na 'b\nEOF'\nEND");
        let with_env = Run { env: vec![("A".into(), "1 2".into())], ..step(&["x"]) };
        assert_eq!(printed(&with_env, true), "RUN A='1 2' x");
        assert_eq!(printed(&with_env, false), format!("RUN {BUSYBOX} [\"/busybox/env\", \"A=1 2\", \"x\"]"));
    }

    #[test]
    fn patterns_are_a_shells() {
        assert_eq!(globs("/usr/bin/pip*"), ["/usr/bin/pip*"]);
        assert_eq!(globs("/a b/*.txt"), ["/a' 'b/*.txt", "/a' 'b/.*.txt"]);
        assert_eq!(globs("/a/*"), ["/a/*", "/a/.[!.]*", "/a/..?*"]);
        assert_eq!(globs("/a/q[^a-z]$"), ["/a/q[!a-z]'$'"]);
        assert_eq!(globs(r"/a/\[x"), [r"'/a/\[x'"], "without a wildcard it is a path");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn a_shell_reads_the_words_back(words in prop::collection::vec("[^\0]{0,9}|--[a-z]{0,60}", 0..5)) {
            let mut argv = vec!["/usr/bin/printf", "%s\\0"];
            argv.extend(words.iter().map(String::as_str));
            let text = printed(&step(&argv), true);
            let text = text.strip_prefix("RUN ").unwrap();
            let script = match text.strip_prefix("<<") {
                // A here-document's lines, without the first and the delimiter.
                Some(doc) => doc.split_once('\n').unwrap().1.rsplit_once('\n').unwrap().0.to_owned(),
                // A line that goes on loses its backslash and end before a shell sees it.
                None => text.replace(" \\\n", " "),
            };
            let output = Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
            let expected: String = if words.is_empty() { "\0".into() } else { words.iter().flat_map(|w| [w.as_str(), "\0"]).collect() };
            prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
        }
    }
}
