//! Mistakes as values: what is wrong, where, and what to do about it.
//! A `Diagnostic` is collected in a `Sink` and rendered once, at the end, by the terminal or by the gateway.
//! This is the only file that names the drawing library; it knows no spec, recipe or BuildKit.

pub mod codes;

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Level, Renderer, Snippet};

use codes::Code;

/// A stretch of one file, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file it lies in.
    pub file: FileId,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// Names a file of a [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(usize);

/// A text file that a mistake can lie in.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path as the user would write it.
    pub name: String,
    /// Its language, in the name that syntax highlighters use.
    pub language: &'static str,
    /// Its text.
    pub text: String,
}

/// Every file that was read for one build.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a file and returns its handle; a file that is there already keeps the one it has.
    pub fn add(&mut self, name: &str, language: &'static str, text: &str) -> FileId {
        if let Some(known) = self.files.iter().position(|f| f.name == name && f.text == text) {
            return FileId(known);
        }
        self.files.push(SourceFile { name: name.to_owned(), language, text: text.to_owned() });
        FileId(self.files.len() - 1)
    }

    /// The file behind a handle.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0]
    }

    /// The file of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<FileId> {
        self.files.iter().position(|f| f.name == name).map(FileId)
    }

    /// Every file with its handle, in the order of adding.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(i, f)| (FileId(i), f))
    }

    /// The first and last line of a place, counted from one.
    #[must_use]
    pub fn lines(&self, place: Place) -> (usize, usize) {
        let text = &self.file(place.file).text;
        let first = self.position(place).0;
        let last_byte = place.end.saturating_sub(1).max(place.start).min(text.len());
        (first, line_of(text, last_byte).max(first))
    }

    /// Line and column of a place's first character, counted from one.
    #[must_use]
    pub fn position(&self, place: Place) -> (usize, usize) {
        let text = &self.file(place.file).text;
        let start = floor(text, place.start);
        let line_start = text[..start].rfind('\n').map_or(0, |i| i + 1);
        (line_of(text, start), text[line_start..start].chars().count() + 1)
    }

    /// `file:line:column` of a place.
    #[must_use]
    pub fn cite(&self, place: Place) -> String {
        let (line, column) = self.position(place);
        format!("{}:{line}:{column}", self.file(place.file).name)
    }

    /// `file:line` of a place.
    #[must_use]
    pub fn cite_line(&self, place: Place) -> String {
        format!("{}:{}", self.file(place.file).name, self.position(place).0)
    }
}

fn line_of(text: &str, byte: usize) -> usize {
    text[..floor(text, byte)].matches('\n').count() + 1
}

fn floor(text: &str, byte: usize) -> usize {
    let mut at = byte.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing can be built.
    Error,
    /// It builds, and the user should know.
    Warning,
}

/// A place with what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What; may be empty.
    pub text: String,
}

/// One mistake of the user's, or one thing worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its name and its page.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, in one sentence without a period.
    pub message: String,
    /// Where; the first is the culprit.
    pub labels: Vec<Label>,
    /// What to do.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// A message of the table, as bad as the table says.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, severity: code.severity(), message: visible(message.into()), labels: vec![], help: vec![] }
    }

    /// The same, and nothing that stops the build.
    #[must_use]
    pub fn into_warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// Points at a place, with a word about it.
    #[must_use]
    pub fn at(mut self, place: Place, text: impl Into<String>) -> Self {
        self.labels.push(Label { place, text: visible(text.into()) });
        self
    }

    /// Says a way out.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(visible(text.into()));
        self
    }

    /// Says a way out, where there is one.
    #[must_use]
    pub fn help_if(self, text: Option<String>) -> Self {
        match text {
            Some(text) => self.help(text),
            None => self,
        }
    }
}

/// Messages repeat what the user typed; line ends and other control characters in it are spelled out.
fn visible(text: String) -> String {
    if text.contains(is_raw) { spell(&text, false) } else { text }
}

/// A text of several lines that nobody has vouched for, as what a module says: what would move the cursor, colour the terminal or
/// turn the order of letters is spelled out.
#[must_use]
pub fn plain(text: &str) -> String {
    spell(text, true)
}

fn spell(text: &str, lines: bool) -> String {
    text.chars().flat_map(|c| if is_raw(c) && !(lines && c == '\n') { c.escape_default().collect() } else { vec![c] }).collect()
}

/// Whether a character does something other than being seen.
fn is_raw(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Gathers what is wrong, so that one run can say all of it, or as much of it as anybody reads.
#[derive(Clone, Debug, Default)]
pub struct Sink {
    found: Vec<Diagnostic>,
    /// Whether there are more mistakes than these.
    has_more: bool,
}

/// As many mistakes, and as many warnings, are kept.
const MAX_PER_SEVERITY: usize = 30;

impl Sink {
    /// Takes one in.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.found.contains(&diagnostic) {
            return;
        }
        if self.found.iter().filter(|d| d.severity == diagnostic.severity).count() < MAX_PER_SEVERITY {
            self.found.push(diagnostic);
        } else {
            self.has_more |= diagnostic.severity == Severity::Error;
        }
    }

    /// The same with each judged anew, those left out that there is no more to say of.
    #[must_use]
    pub fn judged(self, judge: impl FnMut(Diagnostic) -> Option<Diagnostic>) -> Self {
        Self { found: self.found.into_iter().filter_map(judge).collect(), ..self }
    }

    /// Whether anything in it stops the build.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }

    /// All of it, errors first, each group in the order found.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let (mut errors, warnings): (Vec<_>, Vec<_>) = self.found.into_iter().partition(|d| d.severity == Severity::Error);
        if self.has_more {
            errors.push(Diagnostic::new(codes::MORE_MISTAKES, format!("there are more mistakes than these {MAX_PER_SEVERITY}")));
        }
        errors.extend(warnings);
        errors
    }
}

/// Draws one diagnostic with the lines it points at.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &Sources, colour: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group =
        level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.name()).elements(Vec::<Snippet<'_, Annotation<'_>>>::new());
    let mut files: Vec<FileId> = vec![];
    for label in &diagnostic.labels {
        if !files.contains(&label.place.file) {
            files.push(label.place.file);
        }
    }
    let primary = diagnostic.labels.first().map(|l| l.place);
    for id in files {
        let file = sources.file(id);
        let labels: Vec<_> = diagnostic.labels.iter().filter(|l| l.place.file == id).map(|l| (l, range(&file.text, l.place))).collect();
        let (from, to) = window(&file.text, labels.iter().map(|(_, range)| range));
        let mut snippet = Snippet::source(&file.text[from..to]).line_start(line_of(&file.text, from)).path(file.name.as_str());
        for (label, range) in labels {
            let kind = if Some(label.place) == primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            let text = (!label.text.is_empty()).then_some(label.text.as_str());
            snippet = snippet.annotation(kind.span(range.start - from..range.end - from).label(text));
        }
        group = group.element(snippet);
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

/// The part of a text that is drawn: the lines from the first label to the last, and of the last one no more than can be seen.
/// The drawing library looks through all that it is given.
fn window<'r>(text: &str, ranges: impl Iterator<Item = &'r Range<usize>> + Clone) -> (usize, usize) {
    const MAX_LINE_SHOWN: usize = 1_000;
    let first = ranges.clone().map(|range| range.start).min().unwrap_or_default();
    let last = ranges.map(|range| range.end).max().unwrap_or_default();
    let from = text[..first].rfind('\n').map_or(0, |end| end + 1);
    let to = text[last..].find('\n').map_or(text.len(), |end| last + end);
    (from, floor(text, to.min(last + MAX_LINE_SHOWN)))
}

/// A range that the drawing library accepts: on character boundaries, within the text, and of one line's length at the most.
fn range(text: &str, place: Place) -> Range<usize> {
    let start = floor(text, place.start);
    let line_end = text[start..].find('\n').map_or(text.len(), |i| start + i);
    let end = floor(text, place.end).min(line_end).max(start);
    start..end
}

/// The known name nearest to what was typed, when it is near enough to be meant.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase().replace('_', "-");
    let limit = (typed.chars().count() / 3).max(1);
    let length = typed.chars().count();
    known
        .into_iter()
        .filter(|k| length.abs_diff(k.chars().count()) <= limit || k.to_lowercase().starts_with(typed.as_str()))
        .map(|k| (distance(&typed, &k.to_lowercase()), k))
        .filter(|(d, k)| *d <= limit || (typed.len() > 2 && k.starts_with(typed.as_str())))
        .min_by_key(|(d, _)| *d)
        .map(|(_, k)| k)
}

/// Edit distance in which swapping two neighbours counts as one edit.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let same = usize::from(a[i - 1] != b[j - 1]);
                let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = best.min(rows[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_moves_no_cursor() {
        assert_eq!(plain("a\n\u{1b}[31mred\r\u{202e}é"), "a\n\\u{1b}[31mred\\r\\u{202e}é");
        assert_eq!(visible("a\nb".to_owned()), "a\\nb");
    }

    #[test]
    fn positions_are_right_past_letters_of_two_bytes() {
        let mut sources = Sources::default();
        let text = "name: café\ncomand: x\n";
        let file = sources.add("distil.yaml", "YAML", text);
        let start = text.find("comand").expect("it is there");
        let place = Place { file, start, end: start + 6 };
        assert_eq!(sources.cite(place), "distil.yaml:2:1");
        let drawn = render(&Diagnostic::new(codes::UNKNOWN_KEY, "unknown key").at(place, "here"), &sources, false);
        assert!(drawn.contains("2 | comand: x"), "{drawn}");
        assert!(drawn.contains("^^^^^^ here"), "{drawn}");
    }

    #[test]
    fn of_a_long_line_only_what_is_seen_is_drawn() {
        let mut sources = Sources::default();
        let text = format!("a: b\nc: {}\n", "é".repeat(1_000_000));
        let file = sources.add("distil.yaml", "YAML", &text);
        let drawn = render(&Diagnostic::new(codes::BAD_VALUE, "bad").at(Place { file, start: 5, end: 6 }, "here"), &sources, false);
        assert!(drawn.contains(" --> distil.yaml:2:1\n") && drawn.contains("\n2 | c: éé") && drawn.len() < 1_000, "{drawn}");
        let end = Place { file, start: text.len(), end: text.len() };
        assert!(render(&Diagnostic::new(codes::BAD_VALUE, "bad").at(end, ""), &sources, false).contains("distil.yaml:3:1"));
    }

    #[test]
    fn nearest_finds_typos_and_prefixes_and_nothing_else() {
        let known = ["command", "entrypoint", "env", "stop-signal"];
        assert_eq!(nearest("comand", known), Some("command"));
        assert_eq!(nearest("stop_signal", known), Some("stop-signal"));
        assert_eq!(nearest("entry", known), Some("entrypoint"));
        assert_eq!(nearest("evn", known), Some("env"));
        assert_eq!(nearest("volumes", known), None);
    }
}
