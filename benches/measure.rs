//! Measures one case. Both sides take turns, and which begins changes from round to round, so that what disturbs the machine for a
//! while disturbs both.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::case::{Case, Spec, Start};
use crate::context::{Change, Context};
use crate::engine::{Engine, File, PREFIX};
use crate::image::{Bytes, Image};
use crate::index::Index;
use crate::{say, service};

/// How often what is built is built, where bars hold and elsewhere, and how often what is quick is repeated.
const ROUNDS: usize = 2;
const SHOWN: usize = 1;
const REPEATS: usize = 7;

/// What came of a case.
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) case: Option<&'static Case>,
    pub(crate) theirs: Side,
    pub(crate) ours: Vec<(&'static Spec, Side)>,
    /// No-op builds of the Dockerfile with a syntax line, where that image is there.
    pub(crate) syntax: Vec<f64>,
    /// What hindered the whole case.
    pub(crate) failed: Option<String>,
}

/// One way of building a case: seconds, and sizes.
#[derive(Default)]
pub(crate) struct Side {
    pub(crate) cold: Vec<f64>,
    pub(crate) edit: Vec<f64>,
    pub(crate) version: Vec<f64>,
    pub(crate) light: Vec<f64>,
    pub(crate) noop: Vec<f64>,
    pub(crate) start: Vec<f64>,
    pub(crate) image: Option<Image>,
    /// What one light dependency adds to a registry that has the image.
    pub(crate) added: Option<Bytes>,
    pub(crate) failed: Option<String>,
}

impl Outcome {
    /// Of an example that is no case.
    pub(crate) fn missing(name: &str) -> Self {
        Self { failed: Some("no Dockerfile to compare with".to_owned()), ..Self::empty(name.to_owned(), None) }
    }

    fn empty(name: String, case: Option<&'static Case>) -> Self {
        let ours = case.map_or(&[][..], |c| c.specs).iter().map(|spec| (spec, Side::default())).collect();
        Self { name, case, theirs: Side::default(), ours, syntax: vec![], failed: None }
    }

    /// Everything that was not built or did not run, in lines.
    pub(crate) fn trouble(&self) -> Vec<String> {
        let whole = self.failed.iter().cloned();
        let theirs = self.theirs.failed.iter().map(|why| format!("Dockerfile: {why}"));
        let ours = self.ours.iter().filter_map(|(spec, side)| Some(format!("{}: {}", spec.file, side.failed.as_ref()?)));
        whole.chain(theirs).chain(ours).collect()
    }

    /// Both sides, with the file of each.
    fn sides(&mut self) -> Vec<(File<'static>, &mut Side)> {
        let ours = self.ours.iter_mut().map(|(spec, side)| (File::Spec(spec.file), side));
        std::iter::once((File::Dockerfile, &mut self.theirs)).chain(ours).collect()
    }
}

/// Runs one case. What fails is noted, and what can be measured without it is.
pub(crate) fn run(engine: &mut Engine, case: &'static Case) -> Outcome {
    let mut outcome = Outcome::empty(case.name.to_owned(), Some(case));
    if let Err(why) = all(engine, case, &mut outcome) {
        outcome.failed = Some(why);
    }
    engine.forget();
    for why in outcome.trouble() {
        say(&format!("  {why}"));
    }
    outcome
}

fn all(engine: &mut Engine, case: &'static Case, outcome: &mut Outcome) -> Result<(), String> {
    let index = if case.index { Some(Index::serve(&engine.gateway()?, 0)?) } else { None };
    let address = index.as_ref().map(|i| i.address.as_str());
    let begin = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|e| e.to_string())?.as_secs();
    let mut known = BTreeMap::new();

    // One build of each, which exports nothing, fills the cache mounts.
    let context = Context::of(case, Change::Nothing, &format!("{begin}-0"), address)?;
    each(outcome, 0, 0, |file, side, image| side.keep(engine.build(&context.folder, file, image, &["--output=type=cacheonly"])).map(drop));

    let rounds = if case.held { ROUNDS } else { SHOWN };
    for round in 1..=rounds {
        let last = round == rounds;
        let mark = format!("{begin}-{round}");
        let context = Context::of(case, Change::Nothing, &mark, address)?;
        each(outcome, round, round, |file, side, image| {
            let took =
                side.keep(engine.build(&context.folder, file, image, if case.start == Start::Marked { &[] } else { &["--no-cache"] }))?;
            side.cold.push(took);
            if last {
                side.image = side.keep(Image::of(engine, image, &mut known));
            }
            Some(())
        });
        for change in [Change::Edit, Change::Version, Change::Light] {
            if (change == Change::Version && case.version.is_none()) || (change == Change::Light && !case.light) {
                continue;
            }
            let context = Context::of(case, change, &mark, address)?;
            each(outcome, round, round, |file, side, image| {
                let changed = format!("{image}-{change:?}").to_lowercase();
                let took = side.keep(engine.build(&context.folder, file, &changed, &[]))?;
                match change {
                    Change::Light => side.light.push(took),
                    Change::Version => side.version.push(took),
                    Change::Edit | Change::Nothing => side.edit.push(took),
                }
                if last && change == Change::Light {
                    let image = side.keep(Image::of(engine, &changed, &mut known))?;
                    side.added = side.image.as_ref().map(|before| image.beyond(before));
                }
                Some(())
            });
        }
        if last {
            drop(context);
            let context = Context::of(case, Change::Nothing, &mark, address)?;
            again(engine, case, outcome, &context);
        }
    }
    Ok(())
}

/// What is quick: builds with nothing to do, and starts.
fn again(engine: &mut Engine, case: &Case, outcome: &mut Outcome, context: &Context) {
    let has_syntax = engine.syntax().is_some();
    for repeat in 0..=REPEATS {
        let mut syntax = None;
        each(outcome, repeat, ROUNDS, |file, side, image| {
            let took = side.keep(engine.build(&context.folder, file, image, &[]))?;
            if file == File::Dockerfile && has_syntax {
                syntax = Some(side.keep(engine.build(&context.folder, File::Syntax, &format!("{image}-syntax"), &[]))?);
            }
            // The first one of each may find its files not read yet.
            if repeat > 0 {
                side.noop.push(took);
            }
            Some(())
        });
        if repeat > 0 {
            outcome.syntax.extend(syntax);
        }
    }
    for repeat in 0..=REPEATS {
        each(outcome, repeat, ROUNDS, |_, side, image| {
            let took = side.keep(service::start(engine, image, case.get))?;
            if repeat > 0 {
                side.start.push(took);
            }
            Some(())
        });
    }
}

/// Does something to each side that has not failed yet, with the name of its image in a round; odd turns in the other order. No two
/// builds that differ give an image the same name, so none is left without one.
fn each(outcome: &mut Outcome, turn: usize, round: usize, mut what: impl FnMut(File<'static>, &mut Side, &str) -> Option<()>) {
    let name = format!("{PREFIX}{}-{}", std::process::id(), outcome.name);
    let mut sides = outcome.sides();
    if turn % 2 == 1 {
        sides.reverse();
    }
    for (file, side) in sides.into_iter().filter(|(_, side)| side.failed.is_none()) {
        let image = match file {
            File::Dockerfile | File::Syntax => format!("{name}-theirs-{round}"),
            File::Spec(spec) => format!("{name}-{}-{round}", spec.trim_end_matches(".yaml").replace('.', "-")),
        };
        what(file, side, &image);
    }
}

impl Side {
    /// A good result; a bad one is noted.
    fn keep<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|why| self.failed = Some(why.trim().replace('\n', " "))).ok()
    }
}
